import Testing

@testable import KafkaPropagation

@Suite("What is known about a client's connection", .timeLimit(.minutes(3)))
struct ConnectionStateTests {
    private let silence = KafkaError(.timedOut, "no broker answered a request")

    @Test("A probe without an answer means that no broker is there, unless one has answered something else meanwhile")
    func silentProbe() {
        let connection = ConnectionState()
        connection.noteSuccess()
        _ = connection.beginProbe()
        connection.noteSuccess()
        connection.noteSilence(silence)
        #expect(!connection.isDown && connection.trouble == nil)

        _ = connection.beginProbe()
        connection.noteSilence(silence)
        #expect(connection.isDown && connection.trouble == silence.message)
        connection.noteSuccess()
        #expect(!connection.isDown && !connection.hasTrouble && connection.trouble == nil)
    }

    @Test("An error is newer than the answer to a probe that began before it")
    func errorDuringProbe() {
        let connection = ConnectionState()
        let error = KafkaError(.connection, "connection refused")
        var count = connection.beginProbe()
        connection.noteFailure(error)
        connection.noteAnswer(unlessFailedSince: count)
        #expect(connection.lastFailure?.message == error.message && !connection.hasEverWorked)

        count = connection.beginProbe()
        connection.noteAnswer(unlessFailedSince: count)
        #expect(connection.lastFailure == nil && connection.hasEverWorked)
    }
}
