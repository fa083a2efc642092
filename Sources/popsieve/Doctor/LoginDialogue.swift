// What is said in a login, line by line: the relay's own lines, from its SASL client and its POP3.
// Must not do IO.

import Foundation
import POP3
import Relay
import SASL

/// One login on its way.
struct LoginDialogue {
    enum Step {
        case say([UInt8])
        case done
        case refused
        /// The server said what is no reply to that.
        case violated
    }

    let firstCommand: [UInt8]
    /// What the server has said of a token before it refuses it.
    private(set) var complaint: String?
    private var login: UpstreamLogin
    private var exchange: SASLClient?
    private let secret: [UInt8]

    init(
        _ mechanism: UpstreamMechanism,
        _ target: LoginTarget,
        _ secret: HeldSecret,
        _ stamp: [UInt8]?,
        _ setting: Settings.Upstream
    ) throws(Complaint) {
        self.secret = secret.octets
        let method: LoginMethod
        if let sasl = mechanism.sasl {
            let (host, port) = (setting.host, setting.port)
            exchange = SASLClient(sasl, user: target.name, secret: secret.octets, host: host, port: port)
            guard let exchange else { throw Complaint("this system has nothing random, and so no \(sasl.rawValue)") }
            method = .sasl(mechanism: sasl.rawValue, first: exchange.first, decides: exchange.firstDecides)
        } else if mechanism == .apop {
            guard let stamp, let digest = apopDigest(stamp: stamp, secret: secret.octets) else {
                throw Complaint("this system has no MD5, and so no APOP", "name other ways with \"login\"")
            }
            method = .apop(digest: digest)
        } else {
            method = .user
        }
        (login, firstCommand) = UpstreamLogin.begin(method, user: target.name)
    }

    mutating func reply(_ line: [UInt8], _ secrets: inout Secrets) throws(Complaint) -> Step {
        switch login.replyReceived(ReplyStatus(line.span)) {
        case .send(let octets): .say(octets)
        case .succeeded: .done
        case .refused: .refused
        case .violated: .violated
        case .needsAnswer: try answer(line, &secrets)
        }
    }

    private mutating func answer(_ line: [UInt8], _ secrets: inout Secrets) throws(Complaint) -> Step {
        guard exchange != nil else { return say(secret, decides: true) }
        guard let challenge = login.challenge(in: line.span), let step = exchange?.challenge(challenge) else {
            return .violated
        }
        switch step {
        case .failed(let reason):
            throw Complaint("the login can't go on: \(reason)", "another server than the right one may answer")
        case .answer(let octets, let decides, let complaint):
            self.complaint = complaint ?? self.complaint
            let response = Array(Data(octets).base64EncodedData())
            secrets.add(response: response)
            return say(response, decides: decides)
        }
    }

    private mutating func say(_ answer: [UInt8], decides: Bool) -> Step {
        guard case .send(let octets) = login.answerGiven(answer, decides: decides) else { return .violated }
        return .say(octets)
    }
}
