extension ParallelConsumer {
    /// Decides the fate of a record whose handler throws.
    ///
    ///     var options = ParallelConsumer.Options()
    ///     options.retry = ParallelConsumer.RetryPolicy { failure in
    ///         switch failure.error {
    ///         case is DecodingError: .deadLetter
    ///         case is NotFound: .skip
    ///         default: failure.attempt < 5 ? .retry(after: RetryBackoff()) : .deadLetter
    ///         }
    ///     }
    ///
    /// While a record waits for its next attempt, the records that must follow it wait as well. All others go on.
    public struct RetryPolicy: Sendable {
        let decide: @Sendable (HandlerFailure) -> Decision

        /// Makes a policy from a closure.
        ///
        /// - Parameter decide: Called after each failed attempt, in the record's context.
        public init(_ decide: @escaping @Sendable (HandlerFailure) -> Decision) {
            self.decide = decide
        }

        /// Handles a record again after a growing wait.
        ///
        /// - Parameters:
        ///   - backoff: How long to wait.
        ///   - maximumAttempts: The number of attempts after which `decision` counts; nil never gives up.
        ///   - decision: The fate of the record then.
        public static func backoff(
            _ backoff: RetryBackoff = RetryBackoff(),
            maximumAttempts: Int? = nil,
            then decision: Decision = .deadLetter
        ) -> RetryPolicy {
            RetryPolicy { failure in
                if let maximumAttempts, failure.attempt >= maximumAttempts { return decision }
                return .retry(after: backoff)
            }
        }

        /// The fate of a record whose handler threw.
        public struct Decision: Sendable {
            enum Backing: Sendable {
                case retry(Duration)
                case backoff(RetryBackoff)
                case deadLetter
                case skip
                case stop
            }

            let backing: Backing

            /// It is handled again after this time; at once if the time is not positive.
            public static func retry(after time: Duration) -> Decision { Decision(backing: .retry(time)) }

            /// It is handled again after a time that grows with each attempt.
            public static func retry(after backoff: RetryBackoff) -> Decision { Decision(backing: .backoff(backoff)) }

            /// A dead letter is sent, and then the record counts as finished. If the dead letter cannot be sent, the
            /// record stays pending and the send is tried again. Without ``Options/deadLetters`` it stops the consumer.
            public static let deadLetter = Decision(backing: .deadLetter)

            /// It counts as finished, with a warning in the log.
            public static let skip = Decision(backing: .skip)

            /// The consumer stops, and ``ParallelConsumer/run()`` throws the handler's error. The record is not
            /// finished: it comes again after a restart.
            public static let stop = Decision(backing: .stop)
        }
    }

    /// An attempt to handle a record that failed.
    public struct HandlerFailure: Sendable {
        /// The record.
        public let record: KafkaRecord

        /// The error that the handler threw.
        public let error: any Error

        /// Which attempt it was, from 1.
        public let attempt: Int

        /// Makes a value, for a test of a policy.
        public init(record: KafkaRecord, error: any Error, attempt: Int) {
            self.record = record
            self.error = error
            self.attempt = attempt
        }
    }
}
