// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours is compiled with these; the two that speak C say `unsafe` where they do.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
]

/// For the targets through which every octet goes. That two accesses to a class's property don't overlap is looked at
/// each time one begins: a fifth of the instructions of a login, an eighth of those of a message. Debug builds, and so
/// all tests, keep it.
let relaying =
    strict + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "popsieve",
    products: [
        .executable(name: "popsieve", targets: ["popsieve"]),
        .library(name: "Sieve", targets: ["Sieve"]),
        .library(name: "Mail", targets: ["Mail"]),
        .library(name: "Faults", type: .dynamic, targets: ["Faults"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),  // channels and event loops
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),  // queues
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),  // the operator's log
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),  // what monitors read
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),  // the command line
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),  // signals
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),  // files and errors of the system
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),  // the settings file
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),  // SQLite of the system
    ],
    targets: [
        // The system's C libraries: a module map and a shim for macros.
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
        .target(name: "CICUData"),  // no locales: half of the program's size
        .target(name: "CMemory"),  // `free`, which clears what held passwords
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),

        // Libraries without IO, in dependency order.
        .target(name: "Octets", swiftSettings: strict),  // where octets stand in a span
        .target(name: "POP3", dependencies: ["Octets", collections], swiftSettings: relaying),  // the protocol
        .target(name: "SASL", dependencies: ["COpenSSL"], swiftSettings: strict),  // the client's side of logins
        .target(name: "Passwords", dependencies: ["CCrypt"], swiftSettings: strict),  // hashes, checked by crypt(3)
        .target(name: "ProxyProtocol", swiftSettings: strict),  // who is behind a proxy
        .target(name: "Dates", swiftSettings: strict),  // days of the calendar
        .target(name: "Mail", dependencies: ["Dates", "Octets"], swiftSettings: strict),  // one message
        .target(name: "Patterns", dependencies: ["CPCRE2"], swiftSettings: strict),  // globs; PCRE2 behind a few types
        .target(name: "Sieve", dependencies: ["Mail", "Octets", "Patterns"], swiftSettings: strict),  // the language
        .target(
            name: "Filtering",
            dependencies: ["Sieve", "Mail", "Patterns"],
            swiftSettings: relaying
        ),  // message in, verdict out

        // Where it meets the machine.
        .target(name: "Audit", dependencies: ["CLinux", "Dates", system], swiftSettings: strict),  // the audit log
        .target(name: "AuditReading", dependencies: ["Audit", "Patterns"], swiftSettings: strict),  // read again
        .target(name: "Quarantine", dependencies: ["Mail", system], swiftSettings: strict),  // messages held on disk
        .target(name: "Store", dependencies: [grdb, system], swiftSettings: strict),  // what is remembered
        .target(name: "Prometheus", dependencies: [metrics], swiftSettings: strict),  // metrics as text
        .target(name: "TLS", dependencies: ["COpenSSL", nioCore], swiftSettings: strict),  // OpenSSL
        .target(name: "TLSChannel", dependencies: ["TLS", nioCore], swiftSettings: strict),  // TLS for SwiftNIO
        .target(
            name: "HTTPClient",
            dependencies: ["TLS", "TLSChannel", nioCore, nioPosix, nioHTTP1],
            swiftSettings: strict
        ),  // a request out, a response in
        .target(
            name: "OAuth",
            dependencies: ["HTTPClient", "TLS", nioCore, nioPosix],
            swiftSettings: strict
        ),  // signing in, and asking for tokens
        .target(
            name: "Tokens",
            dependencies: ["OAuth", "TLS", system],
            swiftSettings: strict
        ),  // what signing in has given, on disk and fresh
        .target(
            name: "Transport",
            dependencies: ["CLinux", "CMemory", "TLS", collections, heap, nioCore, nioPosix, system],
            swiftSettings: relaying
        ),  // event loops, listeners and connections
        .target(
            name: "Scanning",
            dependencies: ["CLinux", nioCore, nioPosix, nioHTTP1, system],
            swiftSettings: strict
        ),  // scanners: a message in, findings out
        .target(
            name: "Relay",
            dependencies: [
                "POP3", "Filtering", "Sieve", "Mail", "Octets", "Patterns", "Audit", "Quarantine", "Scanning", "Store",
                "TLS", "Transport", "SASL", "Passwords", "ProxyProtocol",
                nioCore,
                nioPosix, logging, lifecycle, collections, system,
            ],
            swiftSettings: relaying
        ),  // sessions, from the listener to the upstream
        .executableTarget(
            name: "popsieve",
            dependencies: [
                "Relay", "Filtering", "Sieve", "Mail", "Patterns", "Audit", "AuditReading", "Quarantine", "Scanning",
                "Store", "Prometheus", "CICUData", "CLinux", "TLS", "Transport", "ProxyProtocol", "POP3", "SASL",
                "Passwords", "HTTPClient", "OAuth", "Tokens", nioCore, nioPosix, nioHTTP1, arguments, yams, logging,
                metrics, lifecycle, signals,
                system,
            ],
            swiftSettings: strict
        ),  // the command line, the settings, the composition root

        .executableTarget(
            name: "packaging",
            dependencies: [arguments, "popsieve"],  // is built with it, to be asked
            swiftSettings: strict
        ),  // the Debian package

        // Tests mirror the sources.
        .target(name: "ChildProcess", path: "Tests/ChildProcess", swiftSettings: strict),  // programs that tests start
        .target(name: "Faults", path: "Tests/Faults"),  // a broken disk, and counts of calls, for programs under test
        .target(name: "CallFaults", path: "Tests/CallFaults"),  // the system's calls of a thread under test, disturbed
        .target(name: "Namespaces", path: "Tests/Namespaces"),  // sockets in networks that tests make
        .target(
            name: "ScannerDaemons",
            dependencies: ["Scanning", "ChildProcess", nioCore, nioPosix],
            path: "Tests/ScannerDaemons",
            swiftSettings: strict
        ),  // real scanners that tests start
        .target(
            name: "Certificates",
            dependencies: ["TLS", "ChildProcess"],
            path: "Tests/Certificates",
            swiftSettings: strict
        ),  // certificates that tests make
        .testTarget(name: "POP3Tests", dependencies: ["POP3"], swiftSettings: strict),
        .testTarget(name: "SASLTests", dependencies: ["SASL"], swiftSettings: strict),
        .testTarget(name: "PasswordsTests", dependencies: ["Passwords"], swiftSettings: strict),
        .testTarget(name: "ProxyProtocolTests", dependencies: ["ProxyProtocol"], swiftSettings: strict),
        .testTarget(name: "DatesTests", dependencies: ["Dates"], swiftSettings: strict),
        .testTarget(name: "MailTests", dependencies: ["Mail"], swiftSettings: strict),
        .testTarget(name: "PatternsTests", dependencies: ["Patterns"], swiftSettings: strict),
        .testTarget(name: "SieveTests", dependencies: ["Sieve", "Mail"], swiftSettings: strict),
        .testTarget(name: "OctetsTests", dependencies: ["Octets"], swiftSettings: strict),
        .testTarget(name: "FilteringTests", dependencies: ["Filtering", "Sieve", "Mail"], swiftSettings: strict),
        .testTarget(name: "AuditTests", dependencies: ["Audit", "TLS"], swiftSettings: strict),
        .testTarget(
            name: "AuditReadingTests",
            dependencies: ["AuditReading", "Audit", "Patterns", "TLS"],
            swiftSettings: strict
        ),
        .testTarget(name: "PrometheusTests", dependencies: ["Prometheus", metrics], swiftSettings: strict),
        .testTarget(name: "StoreTests", dependencies: ["Store", "ChildProcess", grdb], swiftSettings: strict),
        .testTarget(
            name: "QuarantineTests",
            dependencies: ["Quarantine", "Mail", "ChildProcess", system],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TLSTests",
            dependencies: ["TLS", "Certificates", "COpenSSL", "ChildProcess", nioCore, nioPosix],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TLSChannelTests",
            dependencies: ["TLSChannel", "TLS", "Certificates", nioCore, nioPosix],
            swiftSettings: strict
        ),
        .testTarget(
            name: "HTTPClientTests",
            dependencies: ["HTTPClient", "TLS", "TLSChannel", "Certificates", nioCore, nioPosix],
            swiftSettings: strict
        ),  // with hostile servers
        .target(
            name: "OAuthServer",
            dependencies: ["OAuth", "HTTPClient", "TLS", "ChildProcess", nioCore, nioPosix],
            path: "Tests/OAuthServer",
            exclude: ["server.py"],
            swiftSettings: strict
        ),  // a real one, which tests start
        .testTarget(
            name: "OAuthTests",
            dependencies: ["OAuth", "OAuthServer", "HTTPClient", "ChildProcess", nioCore, nioPosix],
            swiftSettings: strict
        ),
        .testTarget(name: "TokensTests", dependencies: ["Tokens", "OAuth", "OAuthServer"], swiftSettings: strict),
        .testTarget(
            name: "TransportTests",
            dependencies: ["Transport", "TLS", "CallFaults", "ChildProcess", nioCore],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ScanningTests",
            dependencies: ["Scanning", "ScannerDaemons", "ChildProcess", nioCore, nioPosix],
            swiftSettings: strict
        ),  // with real scanners
        .testTarget(
            name: "RelayTests",
            dependencies: [
                "Relay", "POP3", "Filtering", "Scanning", "Audit", "Transport", "Passwords", "Patterns",
                "ProxyProtocol",
                nioCore, nioPosix, logging, lifecycle,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "PopsieveTests",
            dependencies: [
                "popsieve", "ChildProcess", "Audit", "AuditReading", "Filtering", "Patterns", "POP3", "Quarantine",
                "Relay", "Scanning", "Prometheus", "Passwords", "HTTPClient", "OAuth", "ProxyProtocol", "TLS", "Tokens",
                nioCore, nioPosix,
                logging,
                arguments, system,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "popsieve", "Scanning", "ScannerDaemons", "TLS", "TLSChannel", "OAuth", "OAuthServer", "ChildProcess",
                "Namespaces", nioCore, nioPosix,
            ],
            swiftSettings: strict
        ),  // with real peers
        .testTarget(
            name: "PackagingTests",
            dependencies: ["packaging", "popsieve", "ChildProcess"],
            swiftSettings: strict
        ),  // installed, upgraded and purged
        .testTarget(name: "HouseRulesTests", swiftSettings: strict),  // the design's rules, as tests
        .executableTarget(
            name: "benchmark",
            dependencies: [
                "Filtering", "Sieve", "Mail", "Store", "ChildProcess", "Transport", "TLS", nioCore, arguments, signals,
                "popsieve",  // is built with it, to be measured
            ],
            path: "Tests/Benchmarks",
            swiftSettings: strict
        ),  // how fast it is, beside its peers
        .executableTarget(
            name: "scanrate",
            dependencies: ["Scanning", nioCore, nioPosix],
            path: "Tests/ScanRate",
            swiftSettings: strict
        ),  // scans a second, beside each scanner's own client
        .executableTarget(
            name: "endurance",
            dependencies: ["ChildProcess", "Transport", "TLS", "TLSChannel", nioCore, nioPosix, arguments],
            path: "Tests/Endurance",
            swiftSettings: strict
        ),  // kills and resets, for minutes
    ]
)
