// swift-tools-version: 6.2
// The fuzzers, a package of its own, so that no ordinary build has them; `run` builds and starts it.
// Its targets beside the fuzzers are links to the package's own.

import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
let fuzzers = [
    "FuzzSieve", "FuzzHeaders", "FuzzMessages", "FuzzAttachments", "FuzzPOP3", "FuzzPatterns", "FuzzScanners",
    "FuzzAuditLog", "FuzzProxyHeader", "FuzzServiceAnswer",
]
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")

let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let answers = [
    "Findings.swift", "Limits.swift", "PlainText.swift", "RepeatedKey.swift", "ScanResult.swift", "Score.swift",
    "UnscannedReason.swift", "Clamd/ClamdReply.swift", "Command/CommandReply.swift", "Rspamd/RspamdReply.swift",
    "Spamd/SpamReport.swift", "Spamd/SpamdReply.swift",
]

let package = Package(
    name: "fuzzing",
    products: fuzzers.map { .library(name: $0, type: .static, targets: [$0]) },
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8"),
        .target(name: "Dates", swiftSettings: settings),
        .target(name: "Octets", swiftSettings: settings),
        .target(name: "Mail", dependencies: ["Dates", "Octets"], swiftSettings: settings),
        .target(name: "Patterns", dependencies: ["CPCRE2"], swiftSettings: settings),
        .target(name: "Sieve", dependencies: ["Mail", "Octets", "Patterns"], swiftSettings: settings),
        .target(name: "POP3", dependencies: ["Octets", deque], swiftSettings: settings),
        .target(name: "ProxyProtocol", swiftSettings: settings),
        .systemLibrary(name: "CLinux"),
        .target(name: "Audit", dependencies: ["CLinux", "Dates", system], swiftSettings: settings),
        .target(name: "AuditReading", dependencies: ["Audit", "Patterns"], swiftSettings: settings),
        // Without what talks to a scanner.
        .target(name: "Scanning", sources: answers, swiftSettings: settings),

        .target(name: "FuzzInput", swiftSettings: settings),
        .target(name: "FuzzSieve", dependencies: ["FuzzInput", "Sieve", "Mail"], swiftSettings: settings),
        .target(name: "FuzzHeaders", dependencies: ["FuzzInput", "Mail"], swiftSettings: settings),
        .target(name: "FuzzMessages", dependencies: ["FuzzInput", "Mail"], swiftSettings: settings),
        .target(name: "FuzzAttachments", dependencies: ["FuzzInput", "Mail"], swiftSettings: settings),
        .target(name: "FuzzPatterns", dependencies: ["FuzzInput", "Patterns"], swiftSettings: settings),
        .target(name: "FuzzPOP3", dependencies: ["FuzzInput", "POP3"], swiftSettings: settings),
        // A name server's answer alone.
        .target(name: "Transport", sources: ["ServiceAnswer.swift"], swiftSettings: settings),
        .target(name: "FuzzServiceAnswer", dependencies: ["FuzzInput", "Transport"], swiftSettings: settings),
        .target(name: "FuzzProxyHeader", dependencies: ["FuzzInput", "ProxyProtocol"], swiftSettings: settings),
        .target(name: "FuzzScanners", dependencies: ["FuzzInput", "Scanning"], swiftSettings: settings),
        .target(name: "FuzzAuditLog", dependencies: ["FuzzInput", "Audit", "AuditReading"], swiftSettings: settings),
    ]
)
