import ContextLog
import Foundation
import MALogger
import TestSupport
import Testing

@Suite("The memory of a thread that logged a huge line", .timeLimit(.minutes(10)))
struct HugeLineTests {
    @Test("It is freed when the line ends, for each kind of standard output", arguments: ["/dev/null", "a file"])
    func memory(output: String) async {
        await #expect(processExitsWith: .success) { [output] in
            let file = try TemporaryFile()
            dup2(output == "a file" ? file.open() : open(output, O_WRONLY), 1)
            setupLogging()
            Log("app").info("line") { $0.text = String(repeating: "x", count: 1_000_000) }
            exit(LineBuffer.current.pointee.bytes.capacity <= 1 << 18 ? 0 : 3)
        }
    }
}
