import ContextLog
import ContextPropagation
import Dispatch
import TestSupport
import Testing

@Suite("Fields of a scope", .timeLimit(.minutes(10)))
struct ScopeFieldTests {
    @Test("The context's fields come first, then those of log.with, then the event's")
    func order() {
        let lines = fields { log in
            let log = log.with { $0.b = 2 }
            LogContext.$current.withValue(LogContext.current.with { $0.a = 1 }) {
                log.info("three") { $0.c = 3 }
                log.info("two")
            }
            log.info("one") { $0.c = 3 }
        }
        #expect(lines == [#"{"a":1,"b":2,"c":3}"#, #"{"a":1,"b":2}"#, #"{"b":2,"c":3}"#])
    }

    @Test("If several of them have one name, the last value counts, at its own position")
    func duplicates() {
        let lines = fields { log in
            let log = log.with {
                $0.x = "log"
                $0.y = "log"
                $0.b = 2
            }
            LogContext.$current.withValue(
                LogContext.current.with {
                    $0.x = "context"
                    $0.a = 1
                    $0.z = "context"
                }
            ) {
                log.info("all") {
                    $0.z = "event"
                    $0.c = 3
                    $0.y = "event"
                }
                log.info("without the event's")
            }
        }
        #expect(
            lines == [
                #"{"a":1,"x":"log","b":2,"z":"event","c":3,"y":"event"}"#,
                #"{"a":1,"z":"context","x":"log","y":"log","b":2}"#,
            ]
        )
    }

    @Test("with adds fields, and a new field replaces an earlier one with the same name")
    func adding() {
        let lines = fields { log in
            let log = log.with {
                $0.a = 1
                $0.b = 2
            }.with {
                $0.a = 3
                $0.c { $0.x = 1 }
            }
            let context = LogContext.current.with { $0.k = 1 }.with {
                $0.l = 2
                $0.k = 3
            }
            log.info("log")
            LogContext.$current.withValue(context) { log.info("both") }
        }
        #expect(lines == [#"{"b":2,"a":3,"c":{"x":1}}"#, #"{"l":2,"k":3,"b":2,"a":3,"c":{"x":1}}"#])
    }

    @Test("A copy with fields leaves the original unchanged, and a copy without fields equals it")
    func copies() {
        let lines = fields { log in
            _ = log.with { $0.a = 1 }
            log.info("original")
            log.with { _ in }.info("nothing")
            log.with { $0.a = nil as Int? }.info("nil")
            LogContext.$current.withValue(LogContext.current.with { _ in }) { log.info("context") }
        }
        #expect(lines == ["{}", "{}", "{}", "{}"])
    }

    @Test("The context's fields reach child tasks and work on Dispatch, but not detached tasks")
    func flow() async {
        let lines = Locked<[String]>()
        let log = LineRouter.log { lines.append($0.message + $0.json) }
        await LogContext.$current.withValue(LogContext.current.with { $0.tenant = "a" }) {
            await withTaskGroup { group in
                for index in 0..<3 { group.addTask { log.info("child") { $0.index = index } } }
            }
            async let one: Void = log.info("async let")
            await one
            await Task { log.info("task") }.value
            await Task.detached { log.info("detached") }.value
            await withCheckedContinuation { continuation in
                DispatchQueue.global().propagatingContext.async {
                    log.info("dispatch")
                    continuation.resume()
                }
            }
        }
        let tenant = #"{"tenant":"a"}"#
        #expect(
            Set(lines.value) == [
                #"child{"tenant":"a","index":0}"#, #"child{"tenant":"a","index":1}"#, #"child{"tenant":"a","index":2}"#,
                "async let\(tenant)", "task\(tenant)", "detached{}", "dispatch\(tenant)",
            ]
        )
    }

    @Test("Fields of a scope are rendered once, when they are set")
    func once() {
        struct Counted: LogValue {
            let counter: Locked<[Int]>
            func write(to field: borrowing LogField) {
                counter.append(1)
                field.set(counter.value.count)
            }
        }
        let counter = Locked<[Int]>()
        let lines = fields { log in
            let log = log.with { $0.n = Counted(counter: counter) }
            for _ in 0..<3 { log.info("line") }
        }
        #expect(lines == Array(repeating: #"{"n":1}"#, count: 3))
    }

    @Test("A nested object of an outer scope is replaced as a whole by one with the same name")
    func objects() {
        let lines = fields { log in
            log.with {
                $0.camera {
                    $0.id = 1
                    $0.zone = "a"
                }
            }.info("line") { $0.camera { $0.id = 2 } }
        }
        #expect(lines == [#"{"camera":{"id":2}}"#])
    }

    @Test("A name that needs escapes is one name across all scopes")
    func dirty() {
        let name = "a \"long\" name\nwith a break"
        let lines = fields { log in
            LogContext.$current.withValue(
                LogContext.current.with {
                    $0[name] = 1
                    $0.k = 1
                }
            ) {
                log.with {
                    $0[name] = 2
                    $0.l = 2
                }.info("line") {
                    $0[name] = 3
                    $0.m = 3
                }
            }
        }
        #expect(lines == [#"{"k":1,"l":2,"a \"long\" name\nwith a break":3,"m":3}"#])
    }
}
