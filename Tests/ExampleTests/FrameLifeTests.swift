import Foundation
import TestSupport
import Testing

@testable import quickstart

@Suite("The table of a frame", .timeLimit(.minutes(10)))
struct FrameLifeTests {
    private let trace = "0af7651916cd43dd8448eb211c80319c"
    private let other = "ffffffffffffffffffffffffffffffff"

    private func line(
        _ message: String,
        at second: Int,
        logger: String = "quickstart.detector",
        trace: String? = nil,
        attributes: String = ""
    ) throws -> LoggedLine {
        let text = """
            {"timestamp":"2026-11-22T07:50:\(second).123456Z","level":"INFO","message":"\(message)","service.name":"s",\
            "log.logger":"\(logger)","log.origin.file.line":1,"trace_id":"\(trace ?? self.trace)","execution_id":"e",\
            "task_id":"t","attributes":{"frame":3,"thread":12\(attributes)}}
            """
        return try #require(LoggedLine(Data(text.utf8)))
    }

    @Test("Lines stand in the order of their times, and the broker before the line that reports its record")
    func order() throws {
        var life = FrameLife(3, trace: trace)
        let record = #","topic":"frames","partition":1,"offset":7,"traceparent":"00-\#(trace)-b7ad6b7169203331-01""#
        life.add(try line("frame decoded", at: 20), at: 1)
        life.add(try line("frame received", at: 12, attributes: record), at: 5)
        life.add(try line("frame captured", at: 11, logger: "quickstart.camera"), at: 9)
        let rows = life.table(TableStyle(columns: 80, hasColours: false)).split(separator: "\n").dropFirst()
        let steps = ["camera", "Kafka broker", "worker", "Dispatch queue"]
        #expect(zip(rows, steps).allSatisfy { $0.hasPrefix("  \($1) ") } && rows.count == 4)
        #expect(rows.contains { $0.contains("traceparent in frames [1]@7") && $0.hasSuffix("✓ 0af765…319c") })
        #expect(life.linesBetween == 6 && life.lost == 0)
    }

    @Test("A header with another trace than the frame's is marked as lost, although the line itself is right")
    func header() throws {
        var life = FrameLife(3, trace: trace)
        let record = #","topic":"frames","partition":1,"offset":7,"traceparent":"00-\#(other)-b7ad6b7169203331-01""#
        life.add(try line("frame received", at: 12, attributes: record), at: 0)
        let rows = life.table(TableStyle(columns: 100, hasColours: false)).split(separator: "\n")
        #expect(rows.filter { $0.contains("✗ ffffff…ffff  LOST") }.count == 1)
        #expect(rows.filter { $0.contains("✓ 0af765…319c") }.count == 1)
    }

    @Test("No row is wider than the terminal or than 100 columns, whatever the line says")
    func width() throws {
        var random = SplitMix(state: 9)
        for columns in [1, 60, 79, 80, 100, 500] {
            var life = FrameLife(3, trace: trace)
            for place in 0..<20 {
                let message = String(repeating: "שלום é ", count: Int.random(in: 0...20, using: &random))
                let trace = Bool.random(using: &random) ? trace : "N/A"
                life.add(try line(message, at: 10 + place, trace: trace), at: place)
            }
            let style = TableStyle(columns: columns, hasColours: false)
            let rows = life.table(style).split(separator: "\n")
            #expect(rows.count == 21 && rows.allSatisfy { $0.count <= max(60, min(columns, 100)) })
            let words = style.wrap(String(repeating: "word ", count: 60)).split(separator: "\n")
            #expect(words.allSatisfy { $0.count <= style.columns } && words.joined(separator: " ").count == 299)
        }
    }

    @Test("A text that is not a log line has no parts")
    func unreadable() {
        for text in ["", "{}", "[1]", "null", #"{"resourceSpans":[]}"#, "{\"timestamp\":\"\u{0}\"", "\u{FF}"] {
            #expect(LoggedLine(Data(text.utf8)) == nil)
        }
    }
}
