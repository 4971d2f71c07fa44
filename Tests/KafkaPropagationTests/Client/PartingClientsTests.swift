import CMALoggerRDKafka
import Foundation
import TestSupport
import Testing

@testable import KafkaPropagation

@Suite("Clients that are being destroyed", .timeLimit(.minutes(10)))
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
            PartingClients.noteClient()
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

    @Test("A client that is released while the process ends keeps its callbacks, because its threads still run")
    func releasedAtProcessEnd() async throws {
        await #expect(processExitsWith: .success) {
            // It runs after the function that waits.
            atexit {
                Released.client = nil
                _exit(Released.callbacks == nil ? 3 : 0)
            }
            try Released.makeClient()
            exit(4)
        }
    }
}

// unsafe: one test uses these variables, in a process of its own, on one thread.
private enum Released {
    nonisolated(unsafe) static var client: ClientHandle?
    nonisolated(unsafe) static weak var callbacks: ClientCallbacks?

    static func makeClient() throws {
        let callbacks = ClientCallbacks()
        client = try ClientHandle(RD_KAFKA_PRODUCER, NativeConfiguration([]), callbacks: callbacks)
        Self.callbacks = callbacks
    }
}
