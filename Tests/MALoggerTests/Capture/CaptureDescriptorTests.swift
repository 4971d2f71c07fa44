import CMALoggerShims
import Foundation
import Testing

@Suite("Descriptors of a capture", .timeLimit(.minutes(10)))
struct CaptureDescriptorTests {
    /// The descriptors of this process below 256 that stand for a pipe or for the file of stderr. Other threads of the
    /// process may open and close descriptors of other kinds.
    private static var open: [Int32] {
        (0..<256).filter { number in
            var status = stat()
            guard let file = identity(of: number, &status) else { return false }
            var other = stat()
            return status.st_mode & S_IFMT == S_IFIFO || file == identity(of: 2, &other)
        }
    }

    private static func identity(of descriptor: Int32, _ status: inout stat) -> [UInt64]? {
        fstat(descriptor, &status) == 0 ? [UInt64(status.st_dev), UInt64(status.st_ino)] : nil
    }

    @Test("If the system has too few descriptors, the capture fails with that reason and keeps none of them")
    func tooFew() async {
        await #expect(processExitsWith: .success) {
            // Dispatch opens its descriptors at the first wait, and ends the process if it gets none.
            try? await ContinuousClock().sleep(for: .milliseconds(1))
            try? await SuspendingClock().sleep(for: .milliseconds(1))
            // The pipes get the numbers of closed streams, and their ends are moved to others.
            for number: Int32 in [0, 1] { close(number) }
            let present = Self.open
            var limit = rlimit()
            let descriptors = __rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue))
            guard getrlimit(descriptors, &limit) == 0 else { exit(2) }
            let usual = limit.rlim_cur
            var failed = 0
            for most in 0..<256 {
                limit.rlim_cur = rlim_t(most)
                guard setrlimit(descriptors, &limit) == 0 else { exit(3) }
                var capture = malogc_capture()
                let error = malogc_capture_open(&capture, 2, nil)
                malogc_capture_close(&capture)
                limit.rlim_cur = usual
                guard setrlimit(descriptors, &limit) == 0 else { exit(4) }
                guard Self.open == present else { exit(5) }
                if error == 0 { break }
                // The system calls a limit below the least number that may be given an invalid number.
                guard error == EMFILE || most <= 3 && error == EINVAL else { exit(6) }
                failed += 1
            }
            // From the first number that a moved end can get, each one is missing once.
            exit(failed >= 3 && failed < 256 ? 0 : 7)
        }
    }
}
