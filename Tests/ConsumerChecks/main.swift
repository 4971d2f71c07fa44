import Foundation
import KafkaPropagation

// The processes that `run` starts: members of a group that are restarted and killed, and programs that watch them.

let words = Array(CommandLine.arguments.dropFirst())
do {
    switch words.first {
    case "produce" where words.count == 5:
        try await Producing(topic: words[1], count: number(2), size: number(3), perSecond: number(4)).run()
    case "fill" where words.count == 3:
        try await Filling(topic: words[1], count: number(2)).run()
    case "read" where words.count == 5:
        try await Reading(topic: words[1], workers: number(2), microseconds: number(3), idleSeconds: number(4)).run()
    case "watch" where words.count == 2:
        try await Watching(topic: words[1]).run()
    case "backlog" where words.count == 4:
        try await Backlog(topic: words[1], count: number(2), microseconds: number(3)).run()
    case "transform" where words.count == 4:
        try await Transforming(topic: words[1], id: words[2], idleSeconds: number(3)).run()
    case "verify" where words.count == 3:
        try await Verifying(topic: words[1], count: number(2)).run()
    default:
        fail(
            """
            usage: consumer-check produce TOPIC COUNT SIZE PER_SECOND | read TOPIC WORKERS MICROSECONDS IDLE_SECONDS
                   | fill TOPIC COUNT | watch TOPIC | backlog TOPIC COUNT MICROSECONDS
                   | transform TOPIC TRANSACTIONAL_ID IDLE_SECONDS | verify TOPIC COUNT
            """
        )
    }
} catch {
    fail("\(words.joined(separator: " ")): \(error)")
}

func number(_ index: Int) throws -> Int {
    guard let number = Int(words[index]), number >= 0 else {
        throw KafkaError(.invalidArgument, "must be a whole number of 0 or more", subject: words[index])
    }
    return number
}

func fail(_ text: String) -> Never {
    FileHandle.standardError.write(Data("\(text)\n".utf8))
    exit(1)
}
