#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Runs a function on several threads at once.
enum Threads {
    private final class Body: Sendable {
        let index: Int
        let run: @Sendable (Int) -> Void

        init(_ index: Int, _ run: @escaping @Sendable (Int) -> Void) {
            self.index = index
            self.run = run
        }
    }

    /// Calls `body` with each number up to `count`, each on its own thread, the first on this one. Returns when all
    /// have returned. If the system has no more threads, those that exist do the work.
    static func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        var threads: [pthread_t] = []
        for index in 1..<max(count, 1) {
            // The new thread takes over the reference.
            let box = Unmanaged.passRetained(Body(index, body))
            var thread = pthread_t()
            let status = pthread_create(&thread, nil, Self.main, box.toOpaque())
            guard status == 0 else {
                box.release()
                break
            }
            threads.append(thread)
        }
        body(0)
        for thread in threads { pthread_join(thread, nil) }
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context else { return nil }
        let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
        body.run(body.index)
        return nil
    }
}
