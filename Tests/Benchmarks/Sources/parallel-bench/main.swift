// One parallel consumer of this package under a wait, to compare it with other consumers on a real broker. It handles
// N distinct records and prints one line of figures. SIGTERM ends it in an orderly way.

import ContextPropagation
import Foundation
import KafkaPropagation

guard let arguments = Arguments(Array(CommandLine.arguments.dropFirst())) else {
    FileHandle.standardError.write(Data("\(Arguments.usage)\n".utf8))
    exit(2)
}
let run = Run(arguments)
do {
    try await withTerminationSignals { signals in
        let consumer = try ParallelConsumer(
            arguments.configuration,
            ordering: arguments.ordering,
            maxConcurrency: arguments.concurrency,
            options: arguments.options
        ) { @Sendable record in try await run.handle(record) }
        signals.onSignal { run.end() }
        for await _ in run.finished {}
        await consumer.shutdown()
    }
} catch {
    FileHandle.standardError.write(Data("parallel-bench: \(error)\n".utf8))
    exit(1)
}
print(run.result)
