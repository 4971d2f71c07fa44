import ContextPropagation
import Glibc
import Testing

/// The first bytes decide about a value of many megabytes. The bytes after them cannot be read here: a codec that tries
/// it ends the process. The test therefore shows without a clock that the work is limited.
@Suite("Hostile sizes", .timeLimit(.minutes(10)))
struct HostileSizeTests {
    @Test("Of ten megabytes in any header, no codec reads more than its limit")
    func tenMegabytes() async {
        await #expect(processExitsWith: .success) {
            for byte in Array(", \t=;:-%0aA\u{0}".utf8) + [0xFF] { Unreadable.check(10_000_000) { _ in byte } }
        }
    }

    @Test("The same holds for values that begin with valid bytes")
    func goodBeginnings() async {
        await #expect(processExitsWith: .success) {
            let beginnings = [
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
                "k=v,", "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1-",
                "0af7651916cd43dd8448eb211c80319c:b7ad6b7169203331:0:1",
                "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=",
            ]
            for beginning in beginnings.map({ Array($0.utf8) }) {
                Unreadable.check(1 << 20) { beginning[$0 % beginning.count] }
            }
        }
    }

    @Test("The guard works: a read beyond the limit ends the process")
    func guardWorks() async {
        await #expect(processExitsWith: .failure) {
            let value = Unreadable.value(10_000_000) { _ in 0 }
            _exit(value[Unreadable.readable] == 0 ? 0 : 1)
        }
    }

    @Test(
        "Of ten thousand members of baggage, the first 64 are kept, and the others are counted as far as they are read"
    )
    func tenThousandMembers() {
        let members = (0..<10_000).map { "k\($0)=v" }.joined(separator: ",")
        let oneHeader = [HeaderField(name: "baggage", value: members)]
        let manyHeaders = (0..<10_000).map { HeaderField(name: "baggage", value: "k\($0)=v") }
        let jaeger = (0..<10_000).map { HeaderField(name: "uberctx-k\($0)", value: "v") }
        // 8192 bytes contain 1,226 members of `oneHeader`, and the rest counts as one.
        let dropped =
            (0..<10_000).reduce(into: (bytes: 0, members: 0)) { read, number in
                read.bytes += "k\(number)=v,".utf8.count
                if read.bytes <= 8193 { read.members += 1 }
            }.members - 64 + 1
        for (headers, format, dropped) in [
            (oneHeader, HeaderFormat.baggage, dropped), (manyHeaders, .baggage, 10_000 - 64),
            (jaeger, .jaeger, 10_000 - 64),
        ] {
            let found = HeaderCodecs([format]).extract(from: headers)
            #expect(found.baggage?.members.map(\.name) == (0..<64).map { "k\($0)" })
            #expect(found.misses.map(\.fault) == [.tooManyMembers] && found.misses.map(\.droppedMembers) == [dropped])
        }
    }

    @Test("Bytes that triple in their encoded form exceed the limit if that form does")
    func amplification() {
        for (count, survives) in [(2700, true), (2800, false)] {
            let value = [UInt8](repeating: 0xFF, count: count)
            let found = HeaderCodecs([.jaeger]).extract(from: [HeaderField(name: "uberctx-a", value: value)])
            #expect((found.baggage != nil) == survives)
            #expect(found.misses.map(\.fault) == (survives ? [] : [.tooLong]))
        }
    }
}

/// Memory whose first bytes alone can be read.
private enum Unreadable {
    /// Three pages: the largest limit is 8192 bytes, for `baggage` and `tracestate`. A codec reads one byte beyond a
    /// member to see that it ends there.
    static let readable = 12_288

    static func value(_ count: Int, _ byte: (Int) -> UInt8) -> UnsafeRawBufferPointer {
        let memory = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory, memory != MAP_FAILED else { fatalError("no memory") }
        for index in 0..<readable { memory.storeBytes(of: byte(index), toByteOffset: index, as: UInt8.self) }
        guard mprotect(memory + readable, count - readable, PROT_NONE) == 0 else { fatalError("not protected") }
        return UnsafeRawBufferPointer(start: memory, count: count)
    }

    /// Makes every codec extract such a value from each header.
    static func check(_ count: Int, _ byte: (Int) -> UInt8) {
        let value = value(count, byte)
        defer { munmap(UnsafeMutableRawPointer(mutating: value.baseAddress), count) }
        for name in names {
            let headers = Headers(name: name, value: value)
            for duplicates in [HeaderDuplicates.last, .restart, .first] {
                let found = HeaderCodecs(HeaderFormat.allCases, duplicates: duplicates).extract(from: headers)
                let isWithinLimits =
                    (found.baggage?.members.count ?? 0) <= 64 && (found.baggage == nil || !found.misses.isEmpty)
                guard found.traceOrigin == nil, isWithinLimits, found.executionID == nil, found.creation == nil else {
                    fatalError("\(name) was taken")
                }
            }
        }
    }

    private static let names = [
        "traceparent", "tracestate", "baggage", "b3", "x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-flags",
        "uber-trace-id", "uberctx-key", "x-amzn-trace-id", "trace_id", "execution_id", "correlation_id",
        "x-correlation-id",
        "ce_traceparent",
    ]

    /// A carrier with one header that appears twice.
    private struct Headers: HeaderCarrier {
        let name: String
        let value: UnsafeRawBufferPointer

        func forEachHeader(_ body: (Span<UInt8>, Span<UInt8>?) -> Void) {
            for _ in 0..<2 { body(name.utf8.span, value.bindMemory(to: UInt8.self).span) }
        }

        mutating func removeHeaders(where matches: (Span<UInt8>) -> Bool) {}
        mutating func appendHeader(name: String, value: Span<UInt8>) {}
    }
}
