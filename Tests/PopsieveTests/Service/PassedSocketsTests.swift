// What the environment says of sockets that were passed on, and of whom to tell.

import Testing

@testable import popsieve

@Suite("The service manager's environment")
struct PassedSocketsTests {
    @Test(
        "descriptors and their names",
        arguments: [
            ([:], []),
            (["LISTEN_FDS": "2"], []),
            (["LISTEN_FDS": "2", "LISTEN_PID": "8"], []),
            (["LISTEN_FDS": "0", "LISTEN_PID": "7"], []),
            (["LISTEN_FDS": "2", "LISTEN_PID": "7"], ["3", "4"]),
            (["LISTEN_FDS": "2", "LISTEN_PID": "7", "LISTEN_FDNAMES": "pop3:pop3s"], ["3 pop3", "4 pop3s"]),
            (["LISTEN_FDS": "2", "LISTEN_PID": "7", "LISTEN_FDNAMES": ":pop3s"], ["3", "4 pop3s"]),
        ] as [([String: String], [String])]
    )
    func descriptors(environment: [String: String], expected: [String]) throws {
        let found = try PassedSockets.descriptors(environment, process: 7)
        #expect(found.map { "\($0.number)" + ($0.name.map { " \($0)" } ?? "") } == expected)
    }

    @Test(
        "what is no number, too many, or named otherwise than counted",
        arguments: [
            ["LISTEN_FDS": "two"], ["LISTEN_FDS": "-1"], ["LISTEN_FDS": "1025"], ["LISTEN_FDS": ""],
            ["LISTEN_FDS": "2", "LISTEN_FDNAMES": "pop3"],
        ]
    )
    func malformed(environment: [String: String]) {
        #expect(throws: PassedSockets.Malformed.self) {
            try PassedSockets.descriptors(environment.merging(["LISTEN_PID": "7"]) { $1 }, process: 7)
        }
    }

    @Test(
        "whom the watchdog watches",
        arguments: [
            ([:], nil),
            (["WATCHDOG_USEC": "0"], nil),
            (["WATCHDOG_USEC": "x"], nil),
            (["WATCHDOG_USEC": "30000000"], .seconds(30)),
            (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"], .seconds(30)),
            (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"], nil),
        ] as [([String: String], Duration?)]
    )
    func watchdog(environment: [String: String], expected: Duration?) throws {
        let manager = try Supervisor(environment.merging(["NOTIFY_SOCKET": "/nowhere"]) { $1 }, process: 7)
        #expect(try #require(manager).watchdog == expected)
    }

    @Test("half of the watchdog's time passes between two signs of life")
    func interval() {
        let heartbeat = Heartbeat(loops: [], watchdog: .seconds(30), status: { "" }, tell: { _ in })
        #expect(heartbeat.interval == .seconds(15))
    }

    @Test(
        "names of sockets",
        arguments: [("", false), ("notify", false), ("@", false), ("vsock:2:1", false), ("@a", true)]
    )
    func names(name: String, isUsable: Bool) {
        #expect((UnixAddress(name) != nil) == isUsable)
    }

    @Test("a path is at most as long as the kernel takes, its end included")
    func lengths() {
        #expect(UnixAddress("/" + String(repeating: "x", count: 106)) != nil)
        #expect(UnixAddress("/" + String(repeating: "x", count: 107)) == nil)
        #expect(UnixAddress("@" + String(repeating: "x", count: 107)) != nil)
        #expect(UnixAddress("@" + String(repeating: "x", count: 108)) == nil)
    }
}
