import ContextPropagation
import Foundation
import Testing

@Suite("Identifiers as bytes and as JSON", .timeLimit(.minutes(10)))
struct IdentifierValueTests {
    private let trace = "0af7651916cd43dd8448eb211c80319c"

    @Test("The bytes of an ID, the most significant byte first, make the same ID")
    func bytes() throws {
        let id = try #require(TraceID(trace))
        #expect(
            id.bytes == [
                0x0A, 0xF7, 0x65, 0x19, 0x16, 0xCD, 0x43, 0xDD, 0x84, 0x48, 0xEB, 0x21, 0x1C, 0x80, 0x31, 0x9C,
            ]
        )
        #expect(TraceID(bytes: id.bytes) == id)
        let span = try #require(SpanID("b7ad6b7169203331"))
        #expect(span.bytes == [0xB7, 0xAD, 0x6B, 0x71, 0x69, 0x20, 0x33, 0x31])
        #expect(SpanID(bytes: span.bytes) == span)
        for _ in 0..<1000 {
            let (trace, span) = (TraceID.random(), SpanID.random())
            #expect(TraceID(bytes: trace.bytes) == trace && SpanID(bytes: span.bytes) == span)
        }
    }

    @Test("Another number of bytes is no ID, and zeros are no ID", arguments: [0, 7, 8, 9, 15, 16, 17, 1000])
    func wrongBytes(count: Int) {
        #expect(TraceID(bytes: repeatElement(0, count: count)) == nil)
        #expect(SpanID(bytes: repeatElement(0, count: count)) == nil)
        #expect((TraceID(bytes: repeatElement(1, count: count)) != nil) == (count == 16))
        #expect((SpanID(bytes: repeatElement(1, count: count)) != nil) == (count == 8))
    }

    private struct Job: Codable, Equatable {
        var trace: TraceID
        var span: SpanID?
    }

    @Test("IDs are encoded as their digits, and decoding another text is an error that names it")
    func codable() throws {
        let job = Job(trace: try #require(TraceID(trace)), span: SpanID("b7ad6b7169203331"))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = try encoder.encode(job)
        #expect(String(decoding: json, as: UTF8.self) == #"{"span":"b7ad6b7169203331","trace":"\#(trace)"}"#)
        #expect(try JSONDecoder().decode(Job.self, from: json) == job)
        for (json, words) in [
            (#"{"trace":"order-1"}"#, "\"order-1\" is not a trace ID"),
            (#"{"trace":"\#(trace)","span":"0000000000000000"}"#, "\"0000000000000000\" is not a span ID"),
        ] {
            let error = #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(Job.self, from: Data(json.utf8))
            }
            guard case .dataCorrupted(let context) = error else {
                Issue.record("\(json) was decoded")
                continue
            }
            #expect(context.debugDescription.hasPrefix(words))
        }
    }
}
