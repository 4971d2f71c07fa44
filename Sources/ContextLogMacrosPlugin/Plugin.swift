#if Macros
import SwiftCompilerPlugin
import SwiftSyntaxMacros

@main
struct Plugin: CompilerPlugin {
    let providingMacros: [any Macro.Type] = [MonitorTaskMacro.self]
}
#else
/// Without the trait, the program does nothing, and swift-syntax is not needed.
@main
struct Plugin {
    static func main() {}
}
#endif
