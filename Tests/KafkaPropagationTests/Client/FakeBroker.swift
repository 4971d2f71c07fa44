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
