import ContextLog
import ContextPropagation
import TestSupport
import Testing

@Suite("A line that is logged while another line is made", .timeLimit(.minutes(10)))
struct NestedEventTests {
    struct Talkative: LogValue, CustomStringConvertible, Error {
        let log: Log
        var description: String {
            log.info("inner") {
                $0.inner = true
                $0.b = 0
            }
            return "described"
        }
        func write(to field: borrowing LogField) {
            log.info("inner") {
                $0.inner = true
                $0.b = 0
            }
            field.object { fields in
                fields.x = 1
                log.info("inner") {
                    $0.inner = true
                    $0.b = 0
                }
                fields.y = 2
            }
        }
    }

    static let inner = #"{"inner":true,"b":0}"#

    @Test("A line that a field's expression logs is complete, and so is the outer line")
    func expression() {
        let lines = fields { log in
            func value() -> Int {
                log.info("inner") {
                    $0.inner = true
                    $0.b = 0
                }
                return 2
            }
            log.info("outer") {
                $0.a = 1
                $0.b = value()
                $0.c = 3
                $0.a = value()
            }
        }
        #expect(lines == [Self.inner, Self.inner, #"{"b":2,"c":3,"a":2}"#])
    }

    @Test("A line that a value logs while it writes itself is complete, alone and in arrays")
    func write() {
        let lines = fields { log in
            log.info("outer") {
                $0.a = 1
                $0.b = Talkative(log: log)
                $0.c = [Talkative(log: log)]
                $0.d = 4
            }
        }
        #expect(lines.dropLast() == [Self.inner, Self.inner, Self.inner, Self.inner])
        #expect(lines.last == #"{"a":1,"b":{"x":1,"y":2},"c":[{"x":1,"y":2}],"d":4}"#)
    }

    @Test("A line that the outer message or error logs is complete, and so is the outer line")
    func messageAndError() {
        func failure(_ log: Log) -> (any Error)? {
            log.info("inner") {
                $0.inner = true
                $0.b = 0
            }
            return Talkative(log: log)
        }
        let lines = fields { log in
            log.info("outer \(Talkative(log: log))", error: failure(log)) { $0.a = 1 }
        }
        #expect(lines == [Self.inner, Self.inner, #"{"a":1}"#])
    }

    @Test("A line that the closure of an object, log.with or context.with logs is complete")
    func scopes() {
        let lines = fields { log in
            log.info("outer") { fields in
                fields.a = 1
                fields.o {
                    $0.x = 1
                    let other = log.with {
                        $0.w = 1
                        log.info("deep") { $0.z = 0 }
                        $0.v = 2
                    }
                    let context = LogContext.current.with {
                        $0.k = 1
                        other.info("deeper") { $0.z = 0 }
                    }
                    LogContext.$current.withValue(context) { other.info("inner") { $0.q = 3 } }
                    $0.y = 2
                }
                fields.b = 2
            }
        }
        #expect(
            lines == [
                #"{"z":0}"#, #"{"w":1,"v":2,"z":0}"#, #"{"k":1,"w":1,"v":2,"q":3}"#,
                #"{"a":1,"o":{"x":1,"y":2},"b":2}"#,
            ]
        )
    }

    @Test("A line that the backend logs before or after it reads the event is complete")
    func backend() {
        let inner = Locked<[String]>()
        let other = LineRouter.log { event in event.forEachField { inner.append("\($0)=\($1)") } }
        let outer = Locked<[String]>()
        let log = LineRouter.log { event in
            other.info("before") {
                $0.n = 1
                $0.a = 9
            }
            event.forEachField { name, value in
                other.info("between") { $0.n = 2 }
                outer.append("\(name)=\(value)")
            }
            other.info("after") { $0.n = 3 }
            event.forEachField { outer.append("\($0)=\($1)") }
            outer.append(event.message)
        }
        LogContext.$current.withValue(LogContext.current.with { $0.t = "x" }) {
            log.info("outer") {
                $0.a = 1
                $0.b = "two"
            }
        }
        #expect(outer.value == ["t=\"x\"", "a=1", "b=\"two\"", "t=\"x\"", "a=1", "b=\"two\"", "outer"])
        // The inner lines have the context's field as well.
        #expect(
            inner.value == [
                "t=\"x\"", "n=1", "a=9", "t=\"x\"", "n=2", "t=\"x\"", "n=2", "t=\"x\"", "n=2", "t=\"x\"", "n=3",
            ]
        )
    }

    @Test("A hundred nested lines with texts that make the buffer grow are complete")
    func deep() {
        let text = String(repeating: "x", count: 3000)
        func nest(_ log: Log, _ depth: Int) -> Int {
            if depth > 0 {
                log.info("at \(depth)") {
                    $0.before = text
                    $0.inner = nest(log, depth - 1)
                    $0.after = depth
                }
            }
            return depth
        }
        let lines = fields { _ = nest($0, 100) }
        #expect(lines.count == 100)
        for (index, line) in lines.enumerated() {
            #expect(line == #"{"before":"\#(text)","inner":\#(index),"after":\#(index + 1)}"#)
        }
    }
}
