// Requests and answers as lines: read as they were written, and what is none is said.

import Foundation
import Testing

@testable import popsieve

@Suite struct ControlRequestTests {
    static let requests: [(ControlRequest, String)] = [
        (.status, #"{"request":"status","v":1}"#),
        (.sessions, #"{"request":"sessions","v":1}"#),
        (.end(session: "k3f9w2m7qa", by: "anna"), #"{"by":"anna","request":"end","session":"k3f9w2m7qa","v":1}"#),
        (.reload, #"{"request":"reload","v":1}"#),
        (.stop(now: true), #"{"now":true,"request":"stop","v":1}"#),
    ]

    @Test(arguments: requests) func goesAndComes(_ request: ControlRequest, _ line: String) throws {
        #expect(request.line == line)
        #expect(try ControlRequest(line: Array(line.utf8)) == request)
    }

    @Test(
        arguments: [
            ("", "this is no request"), ("{}", "this is no request"), ("[1]", "this is no request"),
            (#"{"v":"1","request":"status"}"#, "this is no request"),
            (#"{"v":2,"request":"status"}"#, "this relay speaks version 1 of its control protocol, not 2"),
            (#"{"v":1,"request":"format"}"#, "there is no request \"format\""),
            (#"{"v":1,"request":"a\u001b[2J"}"#, "there is no request \"a\u{FFFD}[2J\""),
            (#"{"v":1,"request":"end"}"#, "which session?"),
        ]
    )
    func isNone(_ line: String, _ message: String) {
        #expect {
            try ControlRequest(line: Array(line.utf8))
        } throws: {
            ($0 as? ControlFault)?.message == message
        }
    }

    private static let session = SessionLine(
        session: "k3f9w2m7qa",
        phase: "idle",
        user: "me\u{1B}[2J\n",
        client: "192.0.2.7",
        listener: "127.0.0.1:110",
        upstream: nil,
        octetsIn: 1,
        octetsOut: 2,
        seconds: 3.5
    )

    static let answers: [ControlAnswer] = [
        .status(
            RelayStatus(
                version: "1",
                process: 2,
                state: "serving",
                seconds: 3,
                listeners: ["127.0.0.1:110"],
                rules: 4,
                sessions: 5,
                sessionsAllowed: 6,
                sessionsServed: 7,
                logins: 8,
                messages: 9,
                octetsOut: 10,
                scanners: [.init(name: "clamd", up: false)],
                store: "open",
                audit: "written"
            )
        ),
        .session(session), .ended(session), .sessions(3), .change("listener opened: a"), .reloaded(rules: 2), .rejected,
        .finding(FindingLine(Finding(.whole("f"), .error, "wrong", "right"), folder: "/")), .draining(sessions: 4),
        .stopped(StoppedLine(served: 1, cut: 2, lost: 3)), .error(ControlFault(message: "no", fix: "yes")),
    ]

    /// A name of a user can't make a line of its own, nor move a cursor.
    @Test(arguments: answers) func answersGoAndCome(_ answer: ControlAnswer) throws {
        let line = JSONText.line(answer)
        #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 })
        #expect(try JSONDecoder().decode(ControlAnswer.self, from: Data(line.utf8)) == answer)
    }

    @Test(
        arguments: [
            ("rules/a.sieve", "/srv", "/here", "/srv/rules/a.sieve"), ("/etc/f", "/srv", "/here", "/etc/f"),
            ("f", "/here", "/here", "f"),
        ] as [(String, String, String, String)]
    )
    func filesAreFoundFromAnywhere(_ file: String, _ folder: String, _ here: String, _ found: String) {
        let finding = Finding(Place(file: file, line: 3, column: 4), .warning, "odd")
        let told = FindingLine(finding, folder: folder).finding(in: here)
        #expect(told.description == "\(found):3:4: warning: odd")
        // Flags are no files.
        let flag = Finding(.flag("--rules"), .error, "none")
        #expect(FindingLine(flag, folder: folder).finding(in: here) == flag)
    }
}
