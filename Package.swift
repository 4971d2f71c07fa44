// swift-tools-version:6.2

import CompilerPluginSupport
import PackageDescription

/// A product of swift-distributed-tracing, under its trait.
func tracing(_ name: String) -> Target.Dependency {
    .product(name: name, package: "swift-distributed-tracing", condition: .when(traits: ["DistributedTracing"]))
}

/// swift-service-lifecycle, under its trait.
let services = Target.Dependency.product(
    name: "ServiceLifecycle",
    package: "swift-service-lifecycle",
    condition: .when(traits: ["ServiceLifecycle"])
)

/// A product of swift-metrics, under its trait.
func metrics(_ name: String) -> Target.Dependency {
    .product(name: name, package: "swift-metrics", condition: .when(traits: ["Metrics"]))
}

/// A product of swift-syntax, under its trait.
func syntax(_ name: String) -> Target.Dependency {
    .product(name: name, package: "swift-syntax", condition: .when(traits: ["Macros"]))
}

let package = Package(
    name: "ma-logger",
    products: [
        .library(name: "ContextPropagation", targets: ["ContextPropagation"]),
        .library(name: "ContextLog", targets: ["ContextLog"]),
        .library(name: "ContextLogFoundation", targets: ["ContextLogFoundation"]),
        .library(name: "ContextLogMacros", targets: ["ContextLogMacros"]),
        .library(name: "MALogger", targets: ["MALogger"]),
        .library(name: "KafkaPropagation", targets: ["KafkaPropagation"]),
        .library(name: "TracingPropagation", targets: ["TracingPropagation"]),
        .library(name: "PropagationTesting", targets: ["PropagationTesting"]),
        .library(name: "KafkaPropagationTesting", targets: ["KafkaPropagationTesting"]),
        .executable(name: "malog", targets: ["malog"]),
        // `swift run quickstart` works in a clone without a declared product. A declared product would take the
        // target's name from every package that depends on this one.
    ],
    traits: [
        .trait(name: "SwiftLog", description: "setupLogging() makes swift-log write through ma-logger"),
        .trait(
            name: "DistributedTracing",
            description:
                "TracingPropagation: the LogContext travels with swift-distributed-tracing; Kafka clients trace"
        ),
        .trait(
            name: "ServiceLifecycle",
            description: "Producers, consumers and pools are services of swift-service-lifecycle"
        ),
        .trait(name: "Metrics", description: "StatisticsPublisher: statistics through swift-metrics"),
        .trait(name: "Macros", description: "ContextLogMacros: @MonitorTask, which needs swift-syntax"),
        .default(enabledTraits: []),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log.git", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.3.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.8.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.7.0"),
        .package(url: "https://github.com/swiftlang/swift-syntax.git", "602.0.0"..<"604.0.0"),
    ],
    targets: [
        .target(name: "CMALoggerShims"),
        .target(name: "CMALoggerRDKafka", linkerSettings: [.linkedLibrary("rdkafka")]),
        .target(name: "ContextPropagation", dependencies: ["CMALoggerShims", services, metrics("CoreMetrics")]),
        .target(name: "ContextLog", dependencies: ["ContextPropagation", "CMALoggerShims"]),
        .target(name: "ContextLogFoundation", dependencies: ["ContextLog"]),
        .macro(
            name: "ContextLogMacrosPlugin",
            dependencies: [syntax("SwiftCompilerPlugin"), syntax("SwiftSyntaxBuilder"), syntax("SwiftSyntaxMacros")]
        ),
        .target(
            name: "ContextLogMacros",
            dependencies: [
                "ContextLog", .target(name: "ContextLogMacrosPlugin", condition: .when(traits: ["Macros"])),
            ]
        ),
        .target(
            name: "MALogger",
            dependencies: [
                "ContextLog", "ContextPropagation", "CMALoggerShims",
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["SwiftLog"])),
            ]
        ),
        .target(
            name: "TracingPropagation",
            dependencies: ["ContextPropagation", tracing("Tracing")]
        ),
        .target(
            name: "KafkaPropagation",
            dependencies: [
                "ContextPropagation", "ContextLog", "CMALoggerRDKafka",
                .target(name: "TracingPropagation", condition: .when(traits: ["DistributedTracing"])),
                tracing("Tracing"), services,
            ]
        ),
        .target(name: "PropagationTesting", dependencies: ["ContextPropagation", "ContextLog"]),
        .target(
            name: "KafkaPropagationTesting",
            dependencies: ["KafkaPropagation", "ContextPropagation", "CMALoggerRDKafka"]
        ),

        .target(name: "CMalogScan"),
        .target(name: "MalogCore", dependencies: ["CMalogScan"]),
        .executableTarget(name: "malog", dependencies: ["MalogCore"]),

        .executableTarget(
            name: "quickstart",
            dependencies: ["MALogger", "KafkaPropagation", "KafkaPropagationTesting", "ExampleSupport"],
            path: "Examples/Quickstart",
            exclude: ["README.md"]
        ),
        .target(name: "ExampleSupport", path: "Examples/ExampleSupport"),

        .executableTarget(
            name: "video-pipeline",
            dependencies: ["MALogger", "ExampleSupport"],
            path: "Examples/VideoPipeline",
            exclude: ["README.md"]
        ),
        .executableTarget(
            name: "parallel-worker",
            dependencies: ["MALogger", "KafkaPropagation", "ExampleSupport"],
            path: "Examples/ParallelWorker",
            exclude: ["README.md"]
        ),
        .executableTarget(
            name: "detection-service",
            dependencies: ["MALogger", "KafkaPropagation"],
            path: "Examples/DetectionService",
            exclude: ["README.md"]
        ),
        .executableTarget(
            name: "kestra-task",
            dependencies: ["MALogger", "KafkaPropagation", "KafkaPropagationTesting"],
            path: "Examples/KestraTask",
            exclude: ["README.md", "flow.yml"]
        ),
        .executableTarget(
            name: "header-filter",
            dependencies: ["ContextPropagation"],
            path: "Examples/HeaderFilter",
            exclude: ["README.md"]
        ),

        .target(
            name: "HeaderFuzz",
            dependencies: ["ContextPropagation"],
            path: "Tests/HeaderFuzz",
            exclude: ["fuzz", "Corpus"]
        ),
        .executableTarget(
            name: "main-queue-sync",
            dependencies: ["ContextPropagation"],
            path: "Tests/MainQueueSync"
        ),
        .executableTarget(
            name: "capture-crash",
            dependencies: ["MALogger"],
            path: "Tests/CaptureCrash"
        ),
        .target(
            name: "TestSupport",
            dependencies: ["ContextLog", "ContextPropagation"],
            path: "Tests/TestSupport"
        ),
        .executableTarget(
            name: "consumer-check",
            dependencies: ["ContextPropagation", "KafkaPropagation", "TestSupport"],
            path: "Tests/ConsumerChecks",
            exclude: ["parallel", "run"]
        ),
        .executableTarget(
            name: "storm-bench",
            dependencies: ["TestSupport"],
            path: "Tests/StormBenchmark"
        ),
        .testTarget(
            name: "ContextPropagationTests",
            dependencies: [
                "ContextPropagation", "HeaderFuzz", "TestSupport", "main-queue-sync", metrics("CoreMetrics"),
                metrics("MetricsTestKit"),
            ]
        ),
        .testTarget(
            name: "ContextLogTests",
            dependencies: ["ContextLog", "ContextPropagation", "PropagationTesting", "TestSupport"]
        ),
        .testTarget(
            name: "ContextLogMacrosTests",
            dependencies: [
                "ContextLogMacros", "ContextPropagation", "PropagationTesting",
                .target(name: "ContextLogMacrosPlugin", condition: .when(traits: ["Macros"])),
                syntax("SwiftParser"), syntax("SwiftSyntaxMacroExpansion"),
            ]
        ),
        .testTarget(
            name: "ContextLogFoundationTests",
            dependencies: ["ContextLogFoundation", "ContextLog", "TestSupport"]
        ),
        .testTarget(
            name: "PropagationTestingTests",
            dependencies: ["PropagationTesting", "ContextLog", "ContextPropagation"]
        ),
        .testTarget(
            name: "MALoggerTests",
            dependencies: [
                "MALogger", "ContextLog", "ContextPropagation", "CMALoggerShims", "PropagationTesting", "TestSupport",
                "capture-crash",
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["SwiftLog"])),
            ]
        ),
        .testTarget(
            name: "TracingPropagationTests",
            dependencies: [
                "TracingPropagation", "KafkaPropagation", "KafkaPropagationTesting", "PropagationTesting",
                "TestSupport",
                tracing("Tracing"), tracing("InMemoryTracing"),
            ]
        ),
        .testTarget(
            name: "MalogTests",
            dependencies: ["MalogCore", "ContextPropagation", "TestSupport", "malog"]
        ),
        .testTarget(
            name: "KafkaPropagationTests",
            dependencies: [
                "KafkaPropagation", "KafkaPropagationTesting", "PropagationTesting", "CMALoggerRDKafka", "TestSupport",
                services,
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["ServiceLifecycle"])),
            ]
        ),
        .testTarget(
            name: "ExampleTests",
            dependencies: [
                "ContextPropagation", "ExampleSupport", "KafkaPropagation", "KafkaPropagationTesting", "MALogger",
                "PropagationTesting", "TestSupport",
                "quickstart", "header-filter", "parallel-worker", "detection-service", "video-pipeline",
                "kestra-task",
            ]
        ),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu11
)

// Tests are compiled without these features, like the code of most users.
for target in package.targets
where [.executable, .regular].contains(target.type) && target.path?.hasPrefix("Tests/") != true {
    var settings = target.swiftSettings ?? []

    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    settings.append(.enableUpcomingFeature("ExistentialAny"))

    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    settings.append(.enableUpcomingFeature("MemberImportVisibility"))

    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    settings.append(.enableUpcomingFeature("InternalImportsByDefault"))

    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0461-async-function-isolation.md
    settings.append(.enableUpcomingFeature("NonisolatedNonsendingByDefault"))

    target.swiftSettings = settings
}
