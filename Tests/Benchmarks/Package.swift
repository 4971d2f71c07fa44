// swift-tools-version:6.2

import PackageDescription

// The dependency has a name, so the package builds in a checkout with any folder name.
let maLogger = Package.Dependency.package(
    name: "ma-logger",
    path: "../..",
    traits: [.trait(name: "SwiftLog", condition: .when(traits: ["SwiftLog"]))]
)

let package = Package(
    name: "benchmarks",
    traits: [.trait(name: "SwiftLog", description: "log-bench has a row for a line of swift-log's Logger")],
    dependencies: [maLogger, .package(url: "https://github.com/apple/swift-log.git", from: "1.14.0")],
    targets: [
        .target(name: "CBenchmark"),
        .target(name: "BenchmarkSupport", dependencies: ["CBenchmark"]),
        .executableTarget(
            name: "log-bench",
            dependencies: [
                "BenchmarkSupport", "CBenchmark",
                .product(name: "MALogger", package: "ma-logger"),
                .product(name: "Logging", package: "swift-log", condition: .when(traits: ["SwiftLog"])),
            ]
        ),
        .executableTarget(
            name: "peer",
            dependencies: [
                .product(name: "KafkaPropagation", package: "ma-logger"),
                .product(name: "MALogger", package: "ma-logger"),
            ]
        ),
        .executableTarget(name: "line-soak", dependencies: [.product(name: "MALogger", package: "ma-logger")]),
        .executableTarget(
            name: "pool-bench",
            dependencies: [
                "BenchmarkSupport",
                .product(name: "ContextPropagation", package: "ma-logger"),
            ]
        ),
        .target(name: "CHeaderFloor", linkerSettings: [.linkedLibrary("rdkafka")]),
        .executableTarget(
            name: "codec-bench",
            dependencies: [
                "BenchmarkSupport", "CHeaderFloor",
                .product(name: "ContextPropagation", package: "ma-logger"),
            ]
        ),
        .target(name: "CKafkaFloor", linkerSettings: [.linkedLibrary("rdkafka")]),
        .executableTarget(
            name: "kafka-bench",
            dependencies: [
                "BenchmarkSupport", "CKafkaFloor",
                .product(name: "ContextPropagation", package: "ma-logger"),
                .product(name: "KafkaPropagation", package: "ma-logger"),
                .product(name: "KafkaPropagationTesting", package: "ma-logger"),
            ]
        ),
        .executableTarget(
            name: "parallel-bench",
            dependencies: [
                .product(name: "ContextPropagation", package: "ma-logger"),
                .product(name: "KafkaPropagation", package: "ma-logger"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu11
)
