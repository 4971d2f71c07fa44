import Foundation

/// A terminal without a program that shows it.
struct Terminal {
    /// Gets everything that is written to the terminal.
    let reader: Int32
    /// Programs write to it. It changes no byte.
    let descriptor: Int32

    var ends: (Int32, Int32) { (reader, descriptor) }

    /// Nil if the system has no terminals.
    init?() {
        reader = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        // TIOCSPTLCK and TIOCGPTN of Linux, which are macros that Swift does not import.
        var (isLocked, number) = (Int32(0), UInt32(0))
        guard reader >= 0, ioctl(reader, 0x4004_5431, &isLocked) == 0, ioctl(reader, 0x8004_5430, &number) == 0 else {
            return nil
        }
        descriptor = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        var settings = termios()
        guard descriptor >= 0, tcgetattr(descriptor, &settings) == 0 else { return nil }
        settings.c_oflag &= ~UInt32(OPOST)
        settings.c_lflag &= ~UInt32(ECHO)
        guard tcsetattr(descriptor, TCSANOW, &settings) == 0 else { return nil }
    }
}
