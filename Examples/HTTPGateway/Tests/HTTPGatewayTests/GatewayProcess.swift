import Foundation
import FoundationNetworking

/// The program http-gateway, with the lines that it writes. It is killed when the last reference is released.
final class GatewayProcess {
    private let process = Process()
    private var lines: AsyncStream<GatewayLine>.Iterator
    private let ended: AsyncStream<Int32>
    private(set) var port = 0

    /// Starts the program, and waits until it listens.
    init(_ variables: [String: String]) async throws {
        let output = Pipe()
        let (lines, line) = AsyncStream<GatewayLine>.makeStream()
        let (ended, end) = AsyncStream<Int32>.makeStream()
        self.lines = lines.makeAsyncIterator()
        self.ended = ended
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("http-gateway")
        process.environment = variables.merging(["HTTP_PORT": "0"]) { given, _ in given }
        process.standardOutput = output
        process.terminationHandler = { process in
            end.yield(process.terminationStatus)
            end.finish()
        }
        try process.run()
        Thread.detachNewThread {
            var rest = Data()
            while case let bytes = output.fileHandleForReading.availableData, !bytes.isEmpty {
                rest += bytes
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    line.yield(GatewayLine(rest[rest.startIndex..<end]))
                    rest = rest[(end + 1)...]
                }
            }
            line.finish()
        }
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// The lines up to the first one that meets the condition; all remaining lines if none does.
    func lines(through condition: (GatewayLine) -> Bool) async -> [GatewayLine] {
        var read: [GatewayLine] = []
        while let line = await lines.next() {
            read.append(line)
            if line.message == "gateway listens" { port = line.port ?? 0 }
            if condition(line) { break }
        }
        return read
    }

    /// Sends a request, and returns its status and its body.
    func answer(to method: String, _ path: String, body: String? = nil, trace: String? = nil) async throws -> Answer {
        guard let address = URL(string: "http://127.0.0.1:\(port)/\(path)") else { throw URLError(.badURL) }
        var request = URLRequest(url: address)
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        if let trace { request.setValue(trace, forHTTPHeaderField: "traceparent") }
        let (data, response) = try await URLSession.shared.data(for: request)
        return Answer(
            status: (response as? HTTPURLResponse)?.statusCode ?? 0,
            body: String(decoding: data, as: UTF8.self)
        )
    }

    func terminate() {
        kill(process.processIdentifier, SIGTERM)
    }

    var status: Int32? {
        get async { await ended.first { _ in true } }
    }
}

struct Answer {
    let status: Int
    let body: String
}

/// A line of the program. Text that is not a line has the message "?".
struct GatewayLine {
    let message: String
    let level: String
    let trace: String
    let logger: String
    let error: String?
    let port: Int?

    init(_ bytes: Data) {
        let object = try? JSONSerialization.jsonObject(with: bytes) as? [String: Any]
        message = object?["message"] as? String ?? "?"
        level = object?["level"] as? String ?? "?"
        trace = object?["trace_id"] as? String ?? "?"
        logger = object?["log.logger"] as? String ?? "?"
        error = object?["exception.message"] as? String
        port = (object?["attributes"] as? [String: Any])?["port"] as? Int
    }
}
