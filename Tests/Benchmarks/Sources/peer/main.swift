// Does the work of ../shared/peers with ma-logger, and prints the figures that its tables read. The script
// `beside-peers` runs it.
//
//     peer lines LINES THREADS direct|buffered      the same line as each logger there, on stdout; figures on stderr
//     peer produce BOOTSTRAP TOPIC RECORDS          the same records as each producer there; figures on stdout
//     peer consume BOOTSTRAP TOPIC PARTITIONS RECORDS

import Foundation

let arguments = Array(CommandLine.arguments.dropFirst())
let numbers = arguments.compactMap { Int($0) }
switch (arguments.first, arguments.count, numbers.count) {
case ("lines", 4, 2) where numbers.allSatisfy { $0 > 0 }:
    LinePeer.run(lines: numbers[0], threads: numbers[1], isBuffered: arguments[3] == "buffered")
case ("produce", 4, 1):
    try await KafkaPeer(bootstrapServers: arguments[1], topic: arguments[2]).produce(numbers[0])
case ("consume", 5, 2):
    try await KafkaPeer(bootstrapServers: arguments[1], topic: arguments[2])
        .consume(numbers[1], partitions: numbers[0])
default:
    FileHandle.standardError.write(Data("The arguments are at the start of Sources/peer/main.swift.\n".utf8))
    exit(2)
}
