import BenchmarkSupport
import CKafkaFloor
import ContextPropagation
import KafkaPropagation

/// A way to produce or to consume records.
struct Candidate: Sendable {
    let name: String
    let isFloor: Bool
    /// Produces or consumes the given number of records with the cluster at this address, and calls ``Usage/start()``
    /// when it is connected.
    let run: @Sendable (_ bootstrapServers: String, _ records: Int) throws -> Void

    static let all = producers + consumers

    init(_ name: String, isFloor: Bool = false, _ run: @escaping @Sendable (String, Int) throws -> Void) {
        self.name = name
        self.isFloor = isFloor
        self.run = run
    }

    /// Makes a candidate from a C loop.
    static func floor(_ name: String, _ loop: @escaping @Sendable (String, Int) -> Int32) -> Candidate {
        Candidate(name, isFloor: true) { bootstrapServers, records in
            let error = loop(bootstrapServers, records)
            if error != 0 { throw Failure(description: "\(name): error \(error)") }
        }
    }
}
