import CMALoggerRDKafka
import Testing

@testable import KafkaPropagation

@Suite("What is known about a client's connection", .timeLimit(.minutes(10)))
struct ConnectionStateTests {
    private let silence = KafkaError(.timedOut, "no broker answered a request")
    private let refused = KafkaError(RD_KAFKA_RESP_ERR__AUTHENTICATION, "SASL authentication error: wrong password")
    private let allDown = KafkaError(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "2/2 brokers are down")

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

    @Test("One broker that refuses the login says nothing about the others")
    func oneRefusal() {
        let connection = ConnectionState()
        connection.noteFailure(refused)
        #expect(connection.refusal == nil && !connection.isDown)
        #expect(connection.lastFailure?.message == refused.message && connection.hasTrouble)
    }

    @Test("A refused login counts if all brokers are down, in either order", arguments: [false, true])
    func refusedByAll(isDownFirst: Bool) {
        let connection = ConnectionState()
        for error in isDownFirst ? [allDown, refused] : [refused, allDown] {
            #expect(connection.refusal == nil)
            connection.noteFailure(error)
        }
        #expect(connection.refusal?.message == refused.message && connection.isDown)
        #expect(connection.lastFailure?.message == refused.message)

        connection.noteSuccess()
        #expect(connection.refusal == nil && !connection.isDown)
    }

    @Test("A refused login counts if no broker answers a probe", arguments: [false, true])
    func refusedAndSilent(isSilentFirst: Bool) {
        let connection = ConnectionState()
        _ = connection.beginProbe()
        if isSilentFirst { connection.noteSilence(silence) }
        connection.noteFailure(refused)
        if !isSilentFirst {
            #expect(connection.refusal == nil)
            connection.noteSilence(silence)
        }
        #expect(connection.refusal?.message == refused.message && connection.isDown)
    }

    @Test("A broker that has answered ends the outage, and no later refusal counts", arguments: [false, true])
    func answerBetween(isDownFirst: Bool) {
        let connection = ConnectionState()
        connection.noteFailure(isDownFirst ? allDown : refused)
        connection.noteSuccess()
        connection.noteFailure(isDownFirst ? refused : allDown)
        #expect(connection.refusal == nil && connection.isDown == !isDownFirst)
        connection.noteFailure(isDownFirst ? allDown : refused)
        #expect(connection.refusal == nil && connection.isDown)
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
