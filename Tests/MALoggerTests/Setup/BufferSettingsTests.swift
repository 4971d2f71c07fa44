import Testing

@testable import MALogger

@Suite("LOG_BUFFER and LOG_BUFFER_FULL", .timeLimit(.minutes(10)))
struct BufferSettingsTests {
    @Test(
        "A size is a number of bytes, or a number and a unit",
        arguments: [("65536", 65_536), ("64KiB", 65_536), ("1MiB", 1 << 20), ("1mib", 1 << 20), ("1GiB", 1 << 30)]
    )
    func sizes(text: String, size: Int) {
        let settings = LogSettings(["LOG_BUFFER": text])
        #expect(settings.buffer == BufferSettings(size: size, whenFull: .block))
        #expect(settings.problems.isEmpty)
    }

    @Test(
        "A value that is no size in the bounds is reported, and lines are written directly",
        arguments: [
            ("1M", "is not a size"), ("MiB", "is not a size"), ("-1", "is not a size"), ("1 MiB", "is not a size"),
            ("1.5MiB", "is not a size"), ("yes", "is not a size"), ("1\u{FF11}", "is not a size"),
            ("16383", "is too small"), ("1", "is too small"), ("1025MiB", "is too large"), ("2GiB", "is too large"),
            ("99999999999999999999", "is too large"), ("9223372036854775807GiB", "is too large"),
        ]
    )
    func faults(text: String, fault: String) {
        let settings = LogSettings(["LOG_BUFFER": text])
        #expect(settings.buffer == nil)
        #expect(settings.problems.count == 1)
        #expect(settings.problems.first?.contains("LOG_BUFFER is \"\(text)\", which \(fault)") == true)
        #expect(settings.problems.first?.contains("16KiB to 1GiB") == true)
    }

    @Test("No value, an empty value and 0 write each line directly", arguments: [nil, "", "0"])
    func direct(text: String?) {
        let settings = LogSettings(text.map { ["LOG_BUFFER": $0] } ?? [:])
        #expect(settings.buffer == nil)
        #expect(settings.problems.isEmpty)
    }

    @Test("LOG_BUFFER_FULL is block or drop in any case; any other value is reported")
    func whenFull() {
        #expect(LogSettings(["LOG_BUFFER": "1MiB", "LOG_BUFFER_FULL": "Drop"]).buffer?.whenFull == .drop)
        let settings = LogSettings(["LOG_BUFFER": "1MiB", "LOG_BUFFER_FULL": "wait"])
        #expect(settings.buffer?.whenFull == .block)
        #expect(settings.problems.count == 1)
        #expect(settings.problems.first?.contains("\"wait\"") == true)
        #expect(settings.problems.first?.contains("block, drop") == true)
    }

    @Test("LOG_BUFFER_FULL without LOG_BUFFER is reported")
    func withoutBuffer() {
        #expect(LogSettings(["LOG_BUFFER_FULL": "drop"]).problems.count == 1)
    }
}
