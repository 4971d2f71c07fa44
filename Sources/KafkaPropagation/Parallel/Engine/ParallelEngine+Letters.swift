internal import ContextPropagation
internal import Synchronization

// The producer of dead letters. It is the application's, or else the engine's own.
extension ParallelEngine {
    var letterProducer: KafkaProducer? { letters.withLock { $0 } }

    func attach(_ letterProducer: KafkaProducer) {
        letters.withLock { $0 = letterProducer }
    }

    /// Attaches a producer if dead letters are set up.
    ///
    /// - Parameter topics: The names of the topics that the consumer reads.
    func attachLetterProducer(reading topics: Set<String>) throws(KafkaError) {
        guard let deadLetters = options.deadLetters else { return }
        try deadLetters.topic.check(reading: topics)
        if let producer = deadLetters.producer {
            if producer.core.transactions == nil { return attach(producer) }
            throw KafkaError(
                .configuration,
                "the producer of the dead letters has a transactional ID, and sends only in transactions",
                subject: "deadLetters",
                hint: "Use a producer without transactionalID, or none: then the consumer makes its own"
            )
        }
        attach(try KafkaProducer(letterConfiguration))
    }

    /// The configuration of the engine's own producer. Its dead letters can be read with the codecs of the consumer.
    static func letterConfiguration(_ consumer: KafkaConsumerConfiguration) -> KafkaProducerConfiguration {
        var configuration = KafkaProducerConfiguration(consumer.connection)
        configuration.headerCodecs = consumer.headerCodecs
        configuration.isIdempotenceEnabled = true
        // A record that another client could send has a dead letter of nearly the same size.
        configuration.leaveSizesToBrokers()
        return configuration
    }

    /// Reacts to a fatal error of a producer of dead letters: it can never send anything again. The engine replaces its
    /// own producer, and the next attempt of each letter uses the new one. It cannot replace the application's, so it
    /// stops the consumer.
    ///
    /// - Returns: Whether the consumer goes on.
    func replaceLetterProducer(_ failed: KafkaProducer, _ error: KafkaError) -> Bool {
        if options.deadLetters?.producer != nil {
            end(error, discarding: false)
            return false
        }
        letters.withLock { current in
            // Another letter may have replaced it. A consumer that stops sends no letter again, and its shutdown, which
            // takes this lock later, ends the last producer. If none can be made now, the next attempt tries again.
            guard current === failed, !state.withLock({ $0.parallel.isStopping }),
                let producer = try? KafkaProducer(letterConfiguration)
            else { return }
            current = producer
        }
        return true
    }

    /// Ends a producer that ``replaceLetterProducer(_:_:)`` has replaced, and no other one.
    func endIfReplaced(_ producer: KafkaProducer) async {
        if letterProducer !== producer { try? await producer.shutdown() }
    }

    /// Ends the engine's own producer. Call it when the consumer has stopped: then no other one is made.
    func endLetterProducer() async {
        guard options.deadLetters?.producer == nil, let producer = letterProducer else { return }
        // Every dead letter that counts was acknowledged.
        try? await producer.shutdown()
    }
}
