import Foundation
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Clients that are being destroyed", .timeLimit(.minutes(3)))
struct PartingClientsTests {
    @Test("exit waits for a client that is being destroyed, and destroys no other one")
    func processEnd() async throws {
        let file = try TemporaryFile()
        await #expect(processExitsWith: .success) { [path = file.path as String] in
            @Sendable func note(_ text: String) {
                let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
                write(descriptor, text, text.utf8.count)
                close(descriptor)
            }
            // It runs after the function that waits.
            atexit { PartingClients.destroy { _exit(3) } }
            let isDestroying = DispatchSemaphore(value: 0)
            PartingClients.destroy {
                isDestroying.signal()
                // Long enough for an exit that does not wait.
                usleep(300_000)
                note("destroyed")
            }
            isDestroying.wait()
            exit(0)
        }
        #expect(file.text == "destroyed")
    }
}
