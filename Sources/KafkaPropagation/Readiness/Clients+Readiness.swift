internal import ContextPropagation
internal import Synchronization

extension KafkaProducer {
    /// Whether the producer can send messages now, and why not.
    public var readiness: KafkaReadiness { core.readiness }
}

extension KafkaConsumer {
    /// Whether the consumer can read records now, and why not. It reads the lag as ``lag()`` does.
    public var readiness: KafkaReadiness {
        let failure = core.feed.failure
        var signs = core.consumer.readinessSigns
        if failure != nil { signs.phase = .ended }
        signs.partitions = core.feed.withLedger { $0.assigned.count }
        let lags = (try? core.lag()) ?? [:]
        return core.consumer.readiness(signs, lags: Array(lags.values), failure: failure)
    }
}

extension ParallelConsumer {
    /// Whether the consumer can handle records now, and why not. A handler that takes long is no reason.
    ///
    /// ``health`` also names the records that keep a partition from moving.
    public var readiness: KafkaReadiness {
        var signs = consumer.readinessSigns
        let (failure, isStopping, group, views) = engine.state.withLock { state in
            (state.failure, state.parallel.isStopping, state.groupStage(consumer), state.parallel.partitionViews)
        }
        if failure != nil {
            signs.phase = .ended
        } else if isStopping, signs.phase == .running {
            signs.phase = .shuttingDown
        }
        signs.group = group
        signs.partitions = views.count
        signs.pollAllowance = engine.revokeAllowance
        let lags = views.compactMap { view -> Int? in
            guard !consumer.isEnded, let frontier = view.frontier,
                let end = consumer.handle.knownEnd(of: view.topicPartition)
            else { return nil }
            return max(0, end - frontier)
        }
        return consumer.readiness(signs, lags: lags, failure: failure as? KafkaError)
    }
}

extension ConsumerClient {
    fileprivate var readinessSigns: ReadinessSigns {
        let connection = callbacks.connection
        let phase = loop.lifecycle.phase
        if phase == .reading { callbacks.probe.ask(handle, connection) }
        return ReadinessSigns(
            phase: phase == .reading ? .running : phase < .leaving ? .shuttingDown : .ended,
            hasWorked: connection.hasEverWorked,
            isDown: connection.isDown,
            sinceLastPoll: loop.sinceLastPoll,
            group: callbacks.assignment.group
        )
    }

    fileprivate func readiness(_ signs: ReadinessSigns, lags: [Int], failure: KafkaError?) -> KafkaReadiness {
        KafkaReadiness(
            signs,
            client: handle.name,
            lags: lags,
            error: failure ?? (signs.phase == .ended ? nil : callbacks.connection.lastFailure)
        )
    }
}

extension ProducerCore {
    fileprivate var readiness: KafkaReadiness {
        let connection = callbacks.connection
        let phase = state.withLock { $0.phase }
        var signs = ReadinessSigns(
            hasWorked: connection.hasEverWorked,
            isDown: connection.isDown,
            sinceLastPoll: sinceLastServed
        )
        var error = connection.fatal ?? transactions?.change { $0.end }
        switch phase {
        case .running where error != nil: signs.phase = .ended
        case .running:
            callbacks.probe.ask(client, connection)
            error = connection.lastFailure
        case .closing: signs.phase = .shuttingDown
        case .closed(let failure):
            signs.phase = .ended
            error = failure
        }
        return KafkaReadiness(signs, client: client.name, lags: [], error: error)
    }
}
