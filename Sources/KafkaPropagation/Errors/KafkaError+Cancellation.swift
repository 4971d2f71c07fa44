internal import ContextPropagation

extension KafkaError: CancellationReporting {
    package var isCancellation: Bool { code == .cancelled }
}
