// A program whose main thread serves the main queue from a run loop, unlike the main thread of a test. `sync` then runs
// its work on another thread than the caller's. It prints the contexts that the plain call and the bridge saw.

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
