import KafkaPropagation

extension WorkerSettings {
    /// Makes the consumer that these settings describe.
    func consumer(_ connection: KafkaConfiguration, _ handler: RecordHandler) throws -> ParallelConsumer {
        if batch == 1 {
            return try ParallelConsumer(
                configuration(connection),
                ordering: consumerOrdering,
                maxConcurrency: maxConcurrency,
                options: options
            ) { record in try await handler.handle(record) }
        }
        return try ParallelConsumer(
            configuration(connection),
            ordering: consumerOrdering,
            maxConcurrency: maxConcurrency,
            batchSize: batch,
            options: options
        ) { batch in try await handler.handle(batch) }
    }

    private func configuration(_ connection: KafkaConfiguration) -> KafkaConsumerConfiguration {
        var configuration = KafkaConsumerConfiguration(connection, .group(id: group ?? "", topics: [topic ?? ""]))
        configuration.autoOffsetReset = .earliest
        configuration.sessionTimeout = .milliseconds(sessionTimeoutMilliseconds)
        // A session survives two lost heartbeats.
        configuration.heartbeatInterval = .milliseconds(min(3000, sessionTimeoutMilliseconds / 3))
        configuration.isolationLevel = isolationLevel
        return configuration
    }

    var isolationLevel: KafkaConsumerConfiguration.IsolationLevel {
        isolation == "read_committed" ? .readCommitted : .readUncommitted
    }

    /// Decides when to leave; nil if idleness is no reason.
    var idleWatch: IdleWatch? {
        if idleExit == 0 { return nil }
        let joinAllowance = Duration.milliseconds(max(10_000, sessionTimeoutMilliseconds))
        return IdleWatch(patience: .seconds(idleExit), joinAllowance: joinAllowance)
    }

    private var options: ParallelConsumer.Options {
        var options = ParallelConsumer.Options()
        if let topic = deadLetterTopic {
            options.deadLetters = ParallelConsumer.DeadLetters(topic: topic)
            options.retry = .backoff(maximumAttempts: (retries ?? 9) + 1)
        } else if let retries {
            options.retry = .backoff(maximumAttempts: retries + 1, then: .stop)
        }
        return options
    }

    private var consumerOrdering: ParallelConsumer.Ordering {
        switch ordering {
        case "partition": .partition
        case "unordered": .unordered
        default: .key
        }
    }
}
