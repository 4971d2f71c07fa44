import Foundation
import MALogger

/// Lines with the number of their thread and a number of their own, in the order in which a reader gets them.
struct NumberedLines {
    /// The numbers of each thread.
    private(set) var numbers: [Int: [Int]] = [:]
    /// The sum of the lost lines that `WARNING` and `NOTICE` lines of ma-logger report.
    private(set) var reportedLost = 0
    /// The messages of ma-logger's own lines.
    private(set) var reports: [String] = []
    /// The number of lines that are no JSON object.
    private(set) var torn = 0

    var count: Int { numbers.values.reduce(0) { $0 + $1.count } }

    init(_ text: String) {
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            guard let object = (try? JSONSerialization.jsonObject(with: Data(line))) as? [String: Any] else {
                torn += 1
                continue
            }
            let attributes = object["attributes"] as? [String: Any]
            if object["log.logger"] as? String == "ma-logger" {
                reports.append(object["message"] as? String ?? "")
                reportedLost += attributes?["lost_lines"] as? Int ?? 0
            } else if let thread = attributes?["thread"] as? Int, let number = attributes?["number"] as? Int {
                numbers[thread, default: []].append(number)
            }
        }
    }

    /// Whether each thread's lines are its first ones, without a gap and in their order.
    var hasNoGap: Bool { numbers.values.allSatisfy { $0 == Array(0..<$0.count) } }

    /// Whether each thread's lines are in their order.
    var isOrdered: Bool { numbers.values.allSatisfy { $0 == Set($0).sorted() } }

    /// Logs one line.
    static func log(_ log: Log, level: LogLevel = .info, thread: Int = 0, _ number: Int, filling: Int = 0) {
        log.log(level, "line") {
            $0.thread = thread
            $0.number = number
            if filling > 0 { $0.filling = String(repeating: "x", count: filling) }
        }
    }

    /// Logs the lines `0..<count` of each thread, on that many threads, and waits for their ends.
    static func log(threads: Int, each count: Int, filling: Int = 0) {
        let group = DispatchGroup()
        for thread in 0..<threads {
            group.enter()
            Thread.detachNewThread {
                let log = Log("app")
                for number in 0..<count {
                    Self.log(log, thread: thread, number, filling: filling > 0 ? number % filling : 0)
                }
                group.leave()
            }
        }
        group.wait()
    }
}
