#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
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
            #if canImport(Darwin)
            var thread: pthread_t?
            #else
            var thread = pthread_t()
            #endif
            let status = pthread_create(&thread, nil, Self.main, box.toOpaque())
            guard status == 0 else {
                box.release()
                break
            }
            #if canImport(Darwin)
            if let thread { threads.append(thread) }
            #else
            threads.append(thread)
            #endif
        }
        body(0)
        for thread in threads { pthread_join(thread, nil) }
    }

    #if canImport(Darwin)
    private static let main: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = { context in
        let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
        body.run(body.index)
        return nil
    }
    #else
    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        guard let context else { return nil }
        let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
        body.run(body.index)
        return nil
    }
    #endif
}
