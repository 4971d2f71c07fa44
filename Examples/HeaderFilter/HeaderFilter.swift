import ContextPropagation
import Foundation

/// The command that the program runs on each line.
struct HeaderFilter {
    enum Command {
        case propagate(HeaderCodecs)
        case extract(HeaderDuplicates)
    }

    let command: Command

    /// Returns the answer to one line, without a line break.
    func answer(to line: Data) -> Data {
        do {
            let question = try FilterLine(line)
            switch command {
            case .propagate(let codecs): return try propagate(question, codecs)
            case .extract(let duplicates): return try extract(question, duplicates)
            }
        } catch {
            return FilterLine.answer(["error": error.reason])
        }
    }

    /// Returns the headers of a call that is made on behalf of the incoming call of `question`. The new call is a child
    /// of the incoming span, or starts a new trace.
    private func propagate(_ question: FilterLine, _ codecs: HeaderCodecs) throws(FilterError) -> Data {
        let context = codecs.extract(from: question.headers).receivingContext(process: LogContext())
        var headers = question.headers
        codecs.inject(context, into: &headers)
        return FilterLine.answer(["headers": headers.map(FilterLine.json)])
    }

    private func extract(_ question: FilterLine, _ duplicates: HeaderDuplicates) throws(FilterError) -> Data {
        let found = HeaderCodecs([try question.format], duplicates: duplicates).extract(from: question.headers)
        let isEmpty = found.traceOrigin == nil && found.isSampled == nil
        let baggage = found.baggage.map { Dictionary($0.members.map { ($0.name, $0.value) }) { _, last in last } }
        return FilterLine.answer([
            "trace_id": found.traceID?.description ?? found.correlationID,
            "span_id": found.parentSpanID?.description,
            "sampled": found.isSampled,
            "debug": isEmpty ? nil : found.isDebug,
            "tracestate": found.traceState?.headerValue,
            "baggage": baggage,
        ])
    }
}
