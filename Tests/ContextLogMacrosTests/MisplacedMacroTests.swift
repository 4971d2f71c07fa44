#if Macros
import ContextLogMacrosPlugin
import SwiftParser
import SwiftSyntax
import SwiftSyntaxMacroExpansion
import SwiftSyntaxMacros
import Testing

@Suite("@MonitorTask at a declaration that it cannot change", .timeLimit(.minutes(10)))
struct MisplacedMacroTests {
    private func errors(_ source: String) -> [String] {
        let file = Parser.parse(source: source)
        let place = BasicMacroExpansionContext.KnownSourceFile(moduleName: "App", fullFilePath: "App.swift")
        let context = BasicMacroExpansionContext(sourceFiles: [file: place])
        _ = file.expand(macros: ["MonitorTask": MonitorTaskMacro.self]) { node in
            BasicMacroExpansionContext(sharingWith: context, lexicalContext: node.allMacroLexicalContexts())
        }
        return context.diagnostics.map(\.message)
    }

    private static let noBody =
        "@MonitorTask needs a function with a body. Put it on the function that implements this one"

    @Test(
        "The error says where the attribute belongs",
        arguments: [
            ("@MonitorTask func f()", noBody), ("protocol P { @MonitorTask func f() async }", noBody),
            (
                "struct S { @MonitorTask init() {} }",
                "@MonitorTask cannot be on an initializer. Put it on a function, or call monitorTask in the body"
            ),
            (
                "class C { @MonitorTask deinit {} }",
                "@MonitorTask cannot be on a deinitializer. Put it on a function, or call monitorTask in the body"
            ),
            (
                "struct S { @MonitorTask var x: Int { 1 } }",
                "@MonitorTask cannot be on a property or a variable. Put it on a function, or call monitorTask in the body"
            ),
            (
                "@MonitorTask struct S {}",
                "@MonitorTask cannot be on a type. Put it on a function, or call monitorTask in the body"
            ),
            (
                "@MonitorTask func f(_ g: () throws -> Void) rethrows { try g() }",
                "@MonitorTask cannot be on a function that rethrows. Declare it as throws(Failure) with a generic Failure: "
                    + "Error, or call monitorTask in its body"
            ),
        ]
    )
    func errors(source: String, error: String) {
        #expect(errors(source) == [error])
    }

    @Test("A function is no error")
    func noError() {
        #expect(errors("@MonitorTask(\"a\") func f() async throws(E) -> Int { 1 }") == [])
    }
}
#endif
