import BenchmarkSupport
import CKafkaFloor
import ContextPropagation
import KafkaPropagation

/// A way to produce or to consume records.
struct Candidate: Sendable {
    let name: String
    /// Produces or consumes the given number of records with the cluster at this address, and calls ``Usage/start()``
    /// when it is connected.
    let run: @Sendable (_ bootstrapServers: String, _ records: Int) throws -> Void

    static let all = producers + consumers

    init(_ name: String, _ run: @escaping @Sendable (String, Int) throws -> Void) {
        self.name = name
        self.run = run
    }

    /// Whether one of these texts is part of the name. Without texts, every candidate is selected.
    func isSelected(by texts: [String]) -> Bool {
        texts.isEmpty || texts.contains { name.contains($0) }
    }

    /// Makes a candidate from a C loop.
    static func floor(_ name: String, _ loop: @escaping @Sendable (String, Int) -> Int32) -> Candidate {
        Candidate(name) { bootstrapServers, records in
            let error = loop(bootstrapServers, records)
            if error != 0 { throw Failure(description: "\(name): error \(error)") }
        }
    }
}
