import Glibc
import MALogger

nonisolated func waitForSignals(_: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    while true { pause() }
}

// A program that crashes while its streams are captured, or its lines are in the buffer. A test runs it, because the
// Swift runtime reads the settings of its backtraces when a program starts.
setupLogging()
if CommandLine.arguments.count > 1 {
    // Its launcher may block signals.
    var signals = sigset_t()
    sigemptyset(&signals)
    pthread_sigmask(SIG_SETMASK, &signals, nil)
    if CommandLine.arguments.count > 2 {
        // It gets the signals that the crashing thread blocks.
        var thread = pthread_t()
        pthread_create(&thread, nil, waitForSignals, nil)
    }
    let log = Log("app")
    for number in 0..<(Int(CommandLine.arguments[1]) ?? 0) {
        log.info("line") {
            $0.thread = 0
            $0.number = number
        }
    }
} else {
    print("before the crash")
    flushLogging()
}

@inline(never)
func crash(_ numbers: [Int]) -> Int { numbers[numbers.count] }

print(crash([1, 2, 3]))
