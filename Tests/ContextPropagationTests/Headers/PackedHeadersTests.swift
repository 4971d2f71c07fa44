import Synchronization
import TestSupport
import Testing

@testable import ContextPropagation

@Suite("Headers that a context keeps", .timeLimit(.minutes(10)))
struct PackedHeadersTests {
    private struct Fixed: HeaderCodec {
        func extract(from carrier: borrowing some HeaderCarrier) -> HeaderExtraction { HeaderExtraction() }
        func inject(_ context: LogContext, into carrier: inout some HeaderCarrier) {}
    }

    private static func injected(_ context: LogContext, _ codecs: HeaderCodecs) -> [HeaderField] {
        var headers: [HeaderField] = []
        codecs.inject(context, into: &headers)
        return headers
    }

    private static func unpacked(_ packed: PackedHeaders) -> [HeaderField] {
        var headers: [HeaderField] = []
        packed.forEachHeader { name, nameCount, value, valueCount in
            let name = UnsafeRawBufferPointer(start: name, count: nameCount)
            let value = UnsafeRawBufferPointer(start: value, count: valueCount)
            headers.append(HeaderField(name: String(decoding: name, as: UTF8.self), value: Array(value)))
        }
        return headers
    }

    @Test("From the second injection on, a context has the same headers ready, for every list of formats")
    func same() throws {
        var generator = SplitMix(state: 11)
        for _ in 0..<2_000 {
            let context = CodecPropertyTests.context(&generator)
            for index in 0..<3 {
                let formats = HeaderFormat.allCases.filter { _ in Bool.random(using: &generator) }
                let codecs = HeaderCodecs(
                    formats.shuffled(using: &generator),
                    sendsExecution: Bool.random(using: &generator)
                )
                if index == 0 { #expect(codecs.packedHeaders(of: context) == nil) }
                // The first of these calls keeps the headers, and the second one finds them.
                for _ in 0..<2 {
                    let packed = try #require(codecs.packedHeaders(of: context))
                    let headers = Self.injected(context, codecs)
                    #expect(Self.unpacked(packed) == headers && packed.count == headers.count)
                }
            }
        }
    }

    @Test("Two lists of formats never share headers: each list has its own key")
    func keys() {
        var lists: [UInt: [HeaderFormat]] = [:]
        func check(_ formats: [HeaderFormat]) {
            let keys = [false, true].compactMap { HeaderCodecs.packingKey(formats, sendsExecution: $0)?.number }
            #expect(keys.count == 2 && keys[0] != keys[1] && !keys.contains(0))
            for key in keys {
                #expect(lists[key] == nil || lists[key] == formats)
                lists[key] = formats
            }
        }
        // Every list of up to three formats, and some of each greater length.
        func visit(_ formats: [HeaderFormat]) {
            check(formats)
            guard formats.count < 3 else { return }
            for format in HeaderFormat.allCases where !formats.contains(format) { visit(formats + [format]) }
        }
        visit([])
        var generator = SplitMix(state: 12)
        for count in 4...HeaderFormat.allCases.count {
            for _ in 0..<300 { check(Array(HeaderFormat.allCases.shuffled(using: &generator).prefix(count))) }
        }
    }

    @Test("Equal lists of formats share the headers, so the memory of a context does not grow with its producers")
    func shared() throws {
        let context = LogContext.newTrace()
        _ = HeaderCodecs().packedHeaders(of: context)
        let first = try #require(HeaderCodecs().packedHeaders(of: context))
        for _ in 0..<100 {
            #expect(HeaderCodecs().packedHeaders(of: context)?.bytes.baseAddress == first.bytes.baseAddress)
        }
    }

    @Test("A context keeps no headers of a custom codec, and none with long baggage")
    func notKept() {
        let context = LogContext.newTrace()
        let long = LogContext(
            traceID: .random(),
            baggage: Baggage((0..<40).map { "key\($0)=\(String(repeating: "v", count: 60))" }.joined(separator: ","))
        )
        for _ in 0..<3 {
            #expect(HeaderCodecs(custom: [Fixed()]).packedHeaders(of: context) == nil)
            #expect(HeaderCodecs().packedHeaders(of: long) == nil)
        }
    }

    @Test("A derived context and a forked child's context keep headers of their own")
    func derived() throws {
        let codecs = HeaderCodecs([.traceContext])
        let context = LogContext.newTrace()
        for _ in 0..<2 { _ = codecs.packedHeaders(of: context) }
        let child = context.child()
        for _ in 0..<2 { _ = codecs.packedHeaders(of: child) }
        #expect(Self.unpacked(try #require(codecs.packedHeaders(of: child))) == Self.injected(child, codecs))
        let before = Self.injected(context, codecs)
        context.storage.beginSpanOfForkedChild()
        let after = Self.unpacked(try #require(codecs.packedHeaders(of: context)))
        #expect(after == Self.injected(context, codecs) && after != before)
    }

    @Test("Many threads find the same headers of a context")
    func threads() async {
        for _ in 0..<50 {
            let context = LogContext.newTrace(executionID: "run-7")
            let expected = Self.injected(context, HeaderCodecs())
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        (0..<20).allSatisfy { _ in
                            HeaderCodecs().packedHeaders(of: context).map { Self.unpacked($0) == expected } ?? true
                        }
                    }
                }
                for await isSame in group { #expect(isSame) }
            }
        }
    }
}
