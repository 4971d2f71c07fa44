internal import ContextLog
internal import ContextPropagation
import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Makes every line of the process a JSON line with its identifiers: call it once, first thing in `main`.
///
///     setupLogging()
///     Log("app.main").info("Application started")
///
/// Where lines go and which ones is set by the environment, never in code:
///
/// | variable | meaning |
/// |---|---|
/// | `LOG_LEVEL` | `TRACE`, `DEBUG`, `INFO` (the default), `NOTICE`, `WARNING`, `ERROR`, `CRITICAL`, in any case |
/// | `LOG_LEVELS` | by label prefix: `pipeline.inference=debug,kafka=warning` |
/// | `LOG_FILE_PATH` | a file to which each line is appended as well |
/// | `LOG_FORMAT` | `json` (the default) or `console` |
/// | `SERVICE_NAME`, `OTEL_SERVICE_NAME` | what stands as `service.name` |
///
/// A value that cannot be used leaves the default in its place and is reported by one `WARNING` line, whatever
/// `LOG_LEVEL` says. SIGPIPE is ignored where it was at its default, so that a closed stdout does not end the process.
/// With the trait `SwiftLog` swift-log is bootstrapped as well: call this before anything else does.
///
/// - Returns: Whether this was the first call, and what was reported. A second call changes nothing.
@discardableResult
public func setupLogging() -> LoggingSetup {
    let setup = installLogging()
    #if SwiftLog
    if setup.isFirst { bootstrapSwiftLog() }
    #endif
    return setup
}

/// The backend that ``setupLogging()`` installed.
let installedBackend = Mutex<LineBackend?>(nil)

func installLogging() -> LoggingSetup {
    let first = installedBackend.withLock { installed -> (backend: LineBackend, problems: [String])? in
        guard installed == nil else { return nil }
        FileDescriptor.reserveStandardOutput()
        let settings = LogSettings(variable)
        let backend = LineBackend(settings: settings)
        installed = backend
        ignoreBrokenPipe()
        Log.levels = settings.levels
        Log.install(backend)
        return (backend, settings.problems)
    }
    guard let first else { return LoggingSetup(isFirst: false, problems: []) }

    var problems = first.problems
    for problem in LogContext.processProblems + HeaderCodecs.environmentProblems {
        problems.append(LogSettings.describe(problem, value: variable(problem.variable)))
    }
    if let file = first.backend.file, let failure = file.failure {
        let reason = FileDescriptor.text(ofError: failure)
        problems.append(
            "LOG_FILE_PATH is \(LogSettings.quote(file.path)), which cannot be opened: \(reason); lines go to standard output alone until it can"
        )
    }
    for problem in problems { LineBackend.warn(problem) }
    return LoggingSetup(isFirst: true, problems: problems)
}

private func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}

/// A write to a closed pipe is an error like any other: it must not end the process. A handler that the application has
/// set stays.
private func ignoreBrokenPipe() {
    var action = sigaction()
    guard sigaction(SIGPIPE, nil, &action) == 0 else { return }
    #if canImport(Darwin)
    let isDefault = action.__sigaction_u.__sa_handler == nil
    #else
    let isDefault = action.__sigaction_handler.sa_handler == nil
    #endif
    if isDefault { signal(SIGPIPE, SIG_IGN) }
}
