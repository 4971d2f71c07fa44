// Logs many lines of five kinds on eight threads, and checks every line that arrives.
//
//     swift run -c release --package-path Tests/Benchmarks line-soak file|pipe [LINES=8000000] [FOLDER]
//
// A second process logs the lines, with the environment of this one, so LOG_BUFFER applies. With `file`, the lines go
// to a file in the folder, which this process rotates at 256 MiB and removes after it has read it. With `pipe`, they
// go to standard output. It ends with status 1 if a line is lost, repeated, torn, out of order within its thread, or
// has the IDs of another thread. The last line says how many lines arrived, and the memory of the logging process.

import Foundation
import MALogger

func fail(_ text: String) -> Never {
    try? FileManager.default.removeItem(atPath: folder)
    FileHandle.standardError.write(Data((text + "\n").utf8))
    exit(1)
}

let arguments = Array(CommandLine.arguments.dropFirst())
let lines = arguments.dropFirst().first.flatMap { Int($0) } ?? 8_000_000
let linesOfThread = lines / Load.threads
let parent = arguments.count > 2 ? arguments[2] : NSTemporaryDirectory()
let folder = "\(parent)/line-soak-\(getpid())"

switch arguments.first {
case "write":
    setupLogging()
    Load.log(linesOfThread: linesOfThread)
    exit(0)
case "file", "pipe":
    break
default:
    fail("The first argument is file or pipe, not \(arguments.first ?? "missing").")
}

let isFile = arguments.first == "file"
mkdir(folder, 0o700)
var files = RotatedFiles(path: folder + "/lines")
var check = LineCheck()
let memory = Memory()

let writer = Process()
writer.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
writer.arguments = ["write", "\(lines)"]
let pipe = Pipe()
var environment = ProcessInfo.processInfo.environment
if isFile {
    environment["LOG_FILE_PATH"] = files.path
    writer.standardOutput = FileHandle.nullDevice
} else {
    writer.standardOutput = pipe
}
writer.environment = environment
let start = Date()
try writer.run()

if isFile {
    var isStopped = false
    while check.fault == nil {
        let isOver = !writer.isRunning
        memory.sample(writer.processIdentifier)
        files.rotate()
        // The checks of one thread may be slower than eight threads. The folder stays below 8 GiB.
        if (files.waiting > 24) != isStopped {
            isStopped.toggle()
            kill(writer.processIdentifier, isStopped ? SIGSTOP : SIGCONT)
        }
        if files.readNext(isOver: isOver, &check) { continue }
        if isOver { break }
        usleep(2000)
    }
} else {
    try pipe.fileHandleForWriting.close()
    let sampler = Thread { [pid = writer.processIdentifier] in
        while kill(pid, 0) == 0 {
            memory.sample(pid)
            usleep(100_000)
        }
    }
    sampler.start()
    let rest = check.readAll(pipe.fileHandleForReading.fileDescriptor)
    if rest > 0, check.fault == nil { fail("The last \(rest) bytes are no whole line.") }
}
if let fault = check.fault {
    writer.terminate()
    fail(fault)
}
writer.waitUntilExit()
rmdir(folder)
let seconds = Date().timeIntervalSince(start)
guard writer.terminationStatus == 0 else { fail("The logging process ended with \(writer.terminationStatus).") }
guard check.linesOfThread == linesOfThread else {
    fail("\(check.lines) of \(linesOfThread * Load.threads) lines arrived.")
}
print(
    "\(check.lines) lines, \(check.bytes >> 20) MiB, \(files.count) rotations, \(Int(seconds)) s: "
        + "all arrived, whole and in order, with the right IDs; \(memory)"
)
