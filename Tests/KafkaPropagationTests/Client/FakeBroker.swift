import Foundation

/// A port of this machine that accepts connections and does not speak Kafka.
final class FakeBroker: Sendable {
    /// A connection of a client.
    struct Connection: Sendable {
        fileprivate let descriptor: Int32

        /// Reads some bytes.
        func readOnce() {
            var bytes = [UInt8](repeating: 0, count: 4096)
            _ = read(descriptor, &bytes, bytes.count)
        }

        /// Reads until the client closes the connection.
        func readForEver() {
            var bytes = [UInt8](repeating: 0, count: 4096)
            while read(descriptor, &bytes, bytes.count) > 0 {}
        }

        /// Answers the requests of a login with SASL PLAIN as Kafka does.
        ///
        /// - Parameter refuses: Whether the password is wrong. If not, the login gets no answer.
        func serveLogin(refuses: Bool) {
            while let (request, version, number) = readRequest() {
                switch request {
                case 18:
                    // The versions of ApiVersions, SaslHandshake, SaslAuthenticate and Metadata.
                    let apis: [[UInt8]] = [[18, 3], [17, 1], [36, 1], [3, 1]]
                    let isCompact = version >= 3
                    var body: [UInt8] = [0, 0]
                    body += isCompact ? [UInt8(apis.count + 1)] : [0, 0, 0, UInt8(apis.count)]
                    for api in apis { body += [0, api[0], 0, 0, 0, api[1]] + (isCompact ? [0] : []) }
                    answer(number, body + (version > 0 ? [0, 0, 0, 0] : []) + (isCompact ? [0] : []))
                case 17 where refuses:
                    answer(number, [0, 0, 0, 0, 0, 1, 0, 5] + Array("PLAIN".utf8))
                case 36 where refuses:
                    let text = Array("Authentication failed: Invalid username or password".utf8)
                    answer(number, [0, 58, 0, UInt8(text.count)] + text + [0, 0, 0, 0])
                    return
                default:
                    return
                }
            }
        }

        /// Reads a request of Kafka, and returns its kind, its version and its number.
        private func readRequest() -> (kind: UInt8, version: UInt8, number: ArraySlice<UInt8>)? {
            guard let size = receive(4), let request = receive(size.reduce(0) { $0 << 8 | Int($1) }),
                request.count >= 8
            else { return nil }
            return (request[1], request[3], request[4..<8])
        }

        private func receive(_ count: Int) -> [UInt8]? {
            var bytes = [UInt8](repeating: 0, count: count)
            var done = 0
            while done < count {
                let new = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + done, count - done) }
                if new <= 0 { return nil }
                done += new
            }
            return bytes
        }

        private func answer(_ number: ArraySlice<UInt8>, _ body: [UInt8]) {
            let bytes = [0, 0, 0, UInt8(number.count + body.count)] + number + body
            _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }

    let address: String
    private let descriptor: Int32

    /// - Parameter serve: Called for each connection on a thread of its own. The connection is closed when it returns.
    init(_ serve: @escaping @Sendable (Connection) -> Void) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(descriptor, address, length) == 0, listen(descriptor, 16) == 0 else { return Int32(-1) }
                return getsockname(descriptor, address, &length)
            }
        }
        guard descriptor >= 0, status == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        self.descriptor = descriptor
        address = "127.0.0.1:\(UInt16(bigEndian: place.sin_port))"
        Thread.detachNewThread {
            while true {
                let connection = accept(descriptor, nil, nil)
                if connection < 0 { return }
                Thread.detachNewThread {
                    serve(Connection(descriptor: connection))
                    close(connection)
                }
            }
        }
    }

    /// Closes the port.
    func end() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}
