import TestSupport
import Testing

@testable import ContextPropagation

@Suite("Termination signals: the state machine", .timeLimit(.minutes(10)))
struct TerminationStateTests {
    @Test(
        "In any order of scopes and signals, no signal is lost, each scope gets one, and none is caught without a scope"
    )
    func anyOrder() {
        for seed in 0..<200 {
            var random = SplitMix(state: UInt64(seed))
            var state = TerminationState()
            var open: Set<Int> = []
            var told: Set<Int> = []
            var isCatching = false
            // Whether a scope noticed the signal; nil if no signal came.
            var noticed: Bool?
            for _ in 0..<200 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<4:
                    let beginning = state.begin()
                    #expect(beginning.catches == open.isEmpty)
                    if beginning.catches { isCatching = true }
                    // A scope that begins gets a signal that came while another scope was open.
                    #expect((beginning.signal != nil) == !open.isDisjoint(with: told))
                    if beginning.signal != nil { told.insert(beginning.scope) }
                    open.insert(beginning.scope)
                case 4..<8:
                    guard let scope = open.randomElement(using: &random) else { break }
                    open.remove(scope)
                    let notices = told.contains(scope) && Bool.random(using: &random)
                    if notices { noticed = true }
                    let ending = state.end(scope, noticed: notices)
                    if ending.releases { isCatching = false }
                    #expect((ending.sendsAgain != nil) == (open.isEmpty && noticed == false))
                    if open.isEmpty { noticed = nil }
                default:
                    let signal = Bool.random(using: &random) ? TerminationSignal.terminate : .interrupt
                    switch state.arrive(signal) {
                    case .tell(let scopes):
                        #expect(Set(scopes) == open && open.isDisjoint(with: told))
                        told.formUnion(scopes)
                        noticed = false
                        isCatching = false
                    case .known: #expect(!open.isEmpty && open.isSubset(of: told))
                    case .sendAgain: #expect(open.isEmpty)
                    }
                }
                #expect(state.isCatching == isCatching)
                #expect(!isCatching || !open.isEmpty)
                #expect(isCatching || open.isSubset(of: told))
                #expect(Set(state.scopes) == open)
            }
        }
    }
}
