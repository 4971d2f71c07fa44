internal import ContextLog
internal import ContextPropagation

/// Makes every line of the process a JSON line with its IDs. Call it once, at the beginning of `main`.
///
///     setupLogging()
///     Log("app.main").info("Application started")
///
/// The environment decides where lines go, and which lines are written:
///
/// | variable | meaning |
/// |---|---|
/// | `LOG_LEVEL` | `TRACE`, `DEBUG`, `INFO` (the default), `NOTICE`, `WARNING`, `ERROR`, `CRITICAL`, in any case |
/// | `LOG_LEVELS` | levels by label prefix: `pipeline.inference=debug,kafka=warning` |
/// | `LOG_LEVELS_FILE` | a file with levels, which change while the program runs; see below |
/// | `LOG_FILE_PATH` | a file to which each line is also appended; it is created with mode 0640 |
/// | `LOG_BUFFER` | the size of a buffer, from `16KiB` to `1GiB`, as in `1MiB`; lines are then written in batches |
/// | `LOG_BUFFER_FULL` | `block` (the default) or `drop`: drop lines below `WARNING` when the buffer is full |
/// | `LOG_FORMAT` | `json` (the default), `console`, or `kestra` for the lines that Kestra shows with their level |
/// | `LOG_SCHEMA` | the keys of a JSON line: `otel` (the default), `ecs`, `gcp` or `datadog`; see <doc:LineSchemas> |
/// | `GOOGLE_CLOUD_PROJECT` | with `gcp`: the project of the traces |
/// | `DD_ENV`, `DD_VERSION`, `DD_SERVICE` | with `datadog`: `dd.env`, `dd.version`, and the service if no other is set |
/// | `LOG_PARENT_SPAN_ID` | `true` writes the ID of the parent span, too; see <doc:LineSchemas> |
/// | `LOG_REDACT` | fields whose values become `[redacted]`: `card,user.password,*_token`; see <doc:Redaction> |
/// | `LOG_CAPTURE` | `stdout,stderr` or one of them: text that other code writes there becomes lines; see <doc:Capture> |
/// | `LOG_SPANS` | `otlp` writes each span of a sampled trace as a line of OTLP/JSON; see <doc:Spans> |
/// | `LOG_SPANS_FILE_PATH` | a file to which these lines are appended; without it, they are among the log lines |
/// | `NO_COLOR` | if it is set, `console` lines have no colour |
/// | `SERVICE_NAME`, `OTEL_SERVICE_NAME` | `service.name`; the first that is set counts |
///
/// If a value cannot be used, the default is used, and one `WARNING` line reports it at any configured level. With the
/// trait `SwiftLog`, this function also bootstraps swift-log. Call it before any other code bootstraps swift-log.
///
/// A `LOG_LEVELS_FILE` has entries as in `LOG_LEVELS`, on one or more lines, and lines that begin with `#` as comments.
/// An entry that is only a level is for all other labels; without one, `LOG_LEVEL` is. The entries replace those of
/// `LOG_LEVELS`. The file is looked at with the first logged line of each second, so a changed ConfigMap changes the
/// levels without a restart. A `NOTICE` line reports each change. If the file cannot be used, the levels stay as they
/// are, and one `WARNING` line names the fault. No signal is used. To change levels from code, set `Log.levels`.
///
/// Without `LOG_BUFFER`, a line is written before its call returns, on the thread that logs it, so a process that dies
/// loses none:
///
/// - If a sink blocks, the thread waits, and so does every thread that logs: a pipe that nobody reads stops the
///   program. A `LOG_FILE_PATH` that is a named pipe without a reader counts as a file that cannot be opened; it is
///   tried again with the first line of each second.
/// - If a sink fails, the other sink gets a `WARNING` line. If there is no other sink, stderr gets it. ``LostLines``
///   counts the lost lines.
/// - Never log in a signal handler: a line takes a lock and may allocate memory.
///
/// With `LOG_BUFFER`, a line is copied into a buffer of that size, and a thread of its own writes batches:
///
/// - A batch is written after 100 ms, at 384 KiB or three eighths of the buffer, at a line of ERROR or CRITICAL, at
///   `exit`, at the end of `main`, at a trap, and when a signal ends the process that the application does not handle:
///   SIGHUP, SIGINT, SIGQUIT, SIGTERM and the signals of faults. The call of an ERROR line returns when that line and
///   all earlier ones are written.
/// - SIGKILL, `_exit`, `exec` and a stack overflow lose the lines of about the last 100 ms that were not written,
///   and at most the size of the buffer. Call ``flushLogging()`` before `_exit` and `exec`.
/// - When the buffer is full, the caller waits. With `LOG_BUFFER_FULL=drop`, a line below WARNING is dropped, and
///   a `WARNING` line reports the number of dropped lines. ``LostLines`` counts them.
/// - If a signal ends the process while a sink takes no bytes, the process ends after about a second. If the reader of
///   a sink goes on, it gets lines for about five seconds. Then stderr reports the number of lost lines; a long line
///   that the sink got only in part is one of them. The other sink still gets its lines.
/// - If your application has its own handler for a signal that ends the process, call `exit` after it, not in it.
/// - A line that is longer than half of the buffer is not copied. Its caller waits until it is written, after all
///   earlier lines.
/// - A forked child writes each line directly.
///
/// SIGPIPE and SIGXFSZ do not end the process, unless the application has a handler for them: a closed stdout and a
/// file at its size limit are faults of a sink. Programs that the process starts get the default disposition again.
///
/// - Returns: Whether this was the first call, and the problems that it found. A second call changes nothing.
@discardableResult
public func setupLogging() -> LoggingSetup {
    #if SwiftLog
    setupLogging(bootstrapsSwiftLog: true)
    #else
    installLogging()
    #endif
}

/// The backend that ``setupLogging()`` installed.
let installedBackend = InstalledObject<LineBackend>()

/// Held while logging is set up, so that a second call returns after the first.
private let settingUp = ForkSafeMutex<Void>((), isHeldOverFork: false)

/// - Parameter finish: The last step of the first call. Other calls return after it.
func installLogging(finish: () -> Void = {}) -> LoggingSetup {
    let first = settingUp.withLock { _ -> (backend: LineBackend, problems: [String])? in
        guard installedBackend.object == nil else { return nil }
        let isClosed = FileDescriptor.reserveStandardStreams()
        var settings = LogSettings(bytes: Platform.environmentBytes)
        let levelsFile = settings.readLevelsFile()
        let capture = StreamCapture.make(settings.capture, problems: &settings.problems)
        let backend = LineBackend(settings: settings, standardOutput: capture?.original(1) ?? 1)
        installedBackend.install(backend)
        backend.prepare()
        // A write to a closed pipe, or beyond the limit for files, is an error like any other.
        FileDescriptor.surviveFailedWrites()
        Log.levels = settings.levels
        var problems = isClosed ? ["Standard output is closed; its lines are counted as lost"] : []
        problems += settings.problems
        let buffering = settings.buffer.flatMap { LineBuffering(backend: backend, settings: $0) }
        if let buffering {
            buffering.serveProcess()
            install(BufferedBackend(buffering), levelsFile)
        } else {
            install(backend, levelsFile)
            if settings.buffer != nil {
                problems.append(
                    "LOG_BUFFER has no effect, because the system gives no memory or no thread; each line is written "
                        + "directly"
                )
            }
        }
        var files = [backend.file].compactMap(\.self)
        if let spans = settings.spans {
            let exporter = OTLPSpanExporter(settings: settings, filePath: spans.filePath, backend: backend)
            if let file = exporter.file {
                problems += file.setupProblems("spans are lost")
                files.append(file)
            }
            SpanExport.install(exporter)
        }
        if let fault = capture?.begin() { problems.append(fault) }
        ProcessSinks(backend.standardOutput, files: files).serveProcess()
        finish()
        return (backend, problems)
    }
    guard let first else { return LoggingSetup(isFirst: false, problems: []) }

    var problems = first.problems
    for problem in LogContext.processProblems + HeaderCodecs.environmentProblems {
        problems.append(LogSettings.describe(problem, value: Platform.environmentVariable))
    }
    if let file = first.backend.file {
        problems += file.setupProblems("lines go only to standard output")
    }
    for problem in problems { LineBackend.warn(problem) }
    return LoggingSetup(isFirst: true, problems: problems)
}

private func install(_ backend: any LogBackend, _ levelsFile: LevelsFile?) {
    Log.install(levelsFile.map { LevelsFileBackend($0, next: backend) } ?? backend)
}

extension LogSettings {
    /// Uses the levels of `LOG_LEVELS_FILE`, if it is set and the file can be used.
    fileprivate mutating func readLevelsFile() -> LevelsFile? {
        guard let levelsFilePath else { return nil }
        let file = LevelsFile(path: levelsFilePath, base: levels.base)
        switch file.readIfChanged() {
        case .same: break
        case .levels(let levels): self.levels = levels
        case .fault(let sentence): problems.append(sentence)
        }
        return file
    }
}

extension FileSink {
    /// - Parameter effect: What happens while the file cannot be opened.
    fileprivate func setupProblems(_ effect: String) -> [String] {
        let name = "\(variable) is \(LogSettings.quote(path))"
        if let failure {
            let reason = Platform.text(ofError: failure)
            return ["\(name), which cannot be opened: \(reason); \(effect) until it can"]
        }
        return isStandardOutput ? ["\(name), which is standard output; each line is written there once"] : []
    }
}
