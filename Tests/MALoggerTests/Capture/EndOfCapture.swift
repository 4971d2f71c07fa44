import Foundation
import Testing

/// How the captured texts came out of a process that a signal or a trap has ended.
enum EndOfCapture {
    /// Every text is a line.
    case lines
    /// The reader was late by a second, as on a busy machine. The handler of the signal then writes the rest as it is.
    case rawText
    /// A text is neither, or not in its order.
    case lost(String)

    /// The messages of the JSON lines. The parts that other processes and the test library add are left out.
    static func messages(_ output: String) -> [String] {
        output.split(separator: "\n").filter(isLine).compactMap { line in
            (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["message"] as? String
        }
    }

    private static func isLine(_ text: Substring) -> Bool { text.hasPrefix("{\"timestamp\"") }

    /// - Parameters:
    ///   - texts: The ends of all texts, in their order. The first one must be a line in any case.
    ///   - output: The standard output of the process.
    ///   - errors: Its standard error.
    ///   - start: A time before the end of the process began.
    init(of texts: [String], output: String, errors: String, since start: ContinuousClock.Instant) {
        let time = start.duration(to: .now)
        let messages = Self.messages(output)
        let lines = zip(texts, messages).prefix { text, message in message.hasSuffix(text) }.count
        if lines == texts.count {
            self = .lines
            return
        }
        // The reader may log one more line while the handler writes the same text.
        let rest = texts[lines...]
        let raw = (output + "\n" + errors).split(separator: "\n").filter { !Self.isLine($0) }
        let isWhole = raw.indices.contains { start in
            raw[start...].count >= rest.count && zip(rest, raw[start...]).allSatisfy { $1.hasSuffix($0) }
        }
        if lines > 0, lines == messages.count, isWhole, time > .milliseconds(900) {
            self = .rawText
        } else {
            self = .lost("\(lines) of \(texts.count) texts are lines, after \(time): \(output)\(errors)")
        }
    }

    /// Reads the end of an exit test that observes both streams.
    init(of texts: [String], _ result: ExitTest.Result, since start: ContinuousClock.Instant) {
        self.init(
            of: texts,
            output: String(decoding: result.standardOutputContent, as: UTF8.self),
            errors: String(decoding: result.standardErrorContent, as: UTF8.self),
            since: start
        )
    }
}
