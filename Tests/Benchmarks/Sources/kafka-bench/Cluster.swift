import CKafkaFloor
import Foundation
import KafkaPropagationTesting

/// librdkafka's in-process cluster in a child process, for one round.
final class Cluster {
    static let flag = "--serve"
    /// The topic to which producers write. It has 8 partitions.
    static let produced = "produced"
    /// The topic that consumers read. It has ``partitions`` partitions.
    static let consumed = "consumed"
    static let partitions = 100
    /// The cluster keeps only 5 MiB of each partition. With more records it would drop the first ones.
    static let maximumRecords = partitions * 20_000

    let bootstrapServers: String
    private let process = Process()
    private let input = Pipe()

    /// Starts the cluster and fills the topic that consumers read.
    init(records: Int) throws {
        let output = Pipe()
        process.executableURL = Self.executable
        process.arguments = [Self.flag, String(records / Self.partitions + 1)]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), byte.first.map({ $0 != 10 }) == true {
            line += byte
        }
        bootstrapServers = String(decoding: line, as: UTF8.self)
        if bootstrapServers.isEmpty { throw Failure(description: "the cluster did not start") }
    }

    /// Ends the cluster, and returns when its process has ended.
    func stop() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    static var executable: URL { URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath() }

    /// Runs in the child process. Prints the bootstrap address when the topic is full, and ends when its standard input
    /// ends.
    static func serve(_ arguments: [String]) throws {
        let kafka = try EmbeddedKafka(topics: [produced: 8, consumed: partitions])
        let error = ckafkafloor_fill(
            kafka.bootstrapServers,
            consumed,
            Int32(partitions),
            arguments.first.flatMap { Int($0) } ?? 0
        )
        if error != 0 { throw Failure(description: "could not fill the topic: error \(error)") }
        FileHandle.standardOutput.write(Data("\(kafka.bootstrapServers)\n".utf8))
        _ = FileHandle.standardInput.readDataToEndOfFile()
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
}
