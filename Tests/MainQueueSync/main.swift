// A program whose main thread serves the main queue from a run loop, as a test's does not: `sync` then runs on another
// thread than its caller's. Prints what the bare call and the bridge have seen.

import ContextPropagation
import Foundation

Thread.detachNewThread {
    withLogContext(.newTrace(taskID: "caller")) {
        let bare = DispatchQueue.main.sync { LogContext.current.taskID ?? "none" }
        let bridged = DispatchQueue.main.propagatingContext.sync { LogContext.current.taskID ?? "none" }
        let isMain = DispatchQueue.main.propagatingContext.sync { Thread.isMainThread }
        print("main thread: \(isMain), bare: \(bare), bridged: \(bridged)")
    }
    exit(0)
}
RunLoop.main.run()
