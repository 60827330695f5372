"""Reads a shell script into its tree."""

from __future__ import annotations

import re
from dataclasses import replace

from outbox_guard.frontends.workflow.shell.tokens import ShellFault, Token, tokens
from outbox_guard.frontends.workflow.shell.tree import (
    Case,
    Chain,
    Command,
    Function,
    Group,
    If,
    Loop,
    Pipeline,
    Redirect,
    Script,
    Simple,
    Test,
)

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(?:\[[^]]*\])?\+?=(.*)", re.DOTALL)
_REDIRECT = re.compile(r"\d*(?:<<<|<<-?|>>|<>|>\||[<>]&?|&>>?)")
_NAME = re.compile(r"[\w.:-]+")
_ENDS = frozenset(("then", "else", "elif", "fi", "do", "done", "esac", "}"))
_SEPARATORS = (";", "\n", "&")
_ARM_ENDS = (";;", ";&", ";;&")


def parse(script: str, offset: int = 0) -> Script:
    """The tree of a script; raises ShellFault where it is none.

    `offset` is where it begins in the script that holds it.
    """
    try:
        parser = _Parser(script, offset)
        tree = parser.script()
    except RecursionError as error:
        raise ShellFault("is nested too deep") from error
    if parser.now is not None:
        raise ShellFault(f"{parser.now.text!r} is not expected")
    return tree


class _Parser:
    def __init__(self, script: str, offset: int) -> None:
        self._tokens = tuple(tokens(script, offset))
        self._at = 0

    @property
    def now(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _sign(self, *signs: str) -> bool:
        return self.now is not None and self.now.is_sign(*signs)

    def _word(self, *words: str) -> bool:
        return self.now is not None and self.now.is_word(*words)

    def _take(self) -> Token:
        token = self.now
        if token is None:
            raise ShellFault("it breaks off")
        self._at += 1
        return token

    def _expect(self, text: str) -> Token:
        token = self._take()
        if token.text != text:
            raise ShellFault(f"{text!r} is missing before {token.text!r}")
        return token

    def _newlines(self) -> None:
        while self._sign("\n"):
            self._take()

    def script(self) -> Script:
        """Chains up to the word or sign that ends them."""
        chains: list[Chain] = []
        while True:
            while self._sign(";", "\n"):
                self._take()
            if self.now is None or self._sign(")", *_ARM_ENDS) or self._word(*_ENDS):
                return tuple(chains)
            chains.append(self._chain())

    def _chain(self) -> Chain:
        pipelines = [self._pipeline()]
        signs: list[str] = []
        while self._sign("&&", "||"):
            signs.append(self._take().text)
            self._newlines()
            pipelines.append(self._pipeline())
        end, background = pipelines[-1].end, False
        if self._sign(*_SEPARATORS):
            token = self._take()
            background = token.text == "&"
            end = token.end if background else end
        return Chain(tuple(pipelines), tuple(signs), background, pipelines[0].start, end)

    def _pipeline(self) -> Pipeline:
        start = self.now.start if self.now else 0
        negated = False
        while self._word("!", "time"):
            negated ^= self._take().text == "!"
        commands = [self._command()]
        while self._sign("|", "|&"):
            self._take()
            self._newlines()
            commands.append(self._command())
        return Pipeline(tuple(commands), negated, start, commands[-1].end)

    def _command(self) -> Command:
        if self._sign("("):
            return self._parenthesised()
        token = self.now
        if token is None or (token.operator and not _REDIRECT.fullmatch(token.text)):
            raise ShellFault("a command is missing")
        match token.text:
            case "{":
                found: Command = self._braced()
            case "if":
                found = self._if()
            case "while" | "until":
                found = self._while()
            case "for" | "select":
                found = self._for()
            case "case":
                found = self._case()
            case "[[":
                found = self._test()
            case "function":
                found = self._function()
            case _:
                return self._simple()
        redirects = tuple(self._redirects())
        return replace(found, redirects=redirects) if isinstance(found, Group) else found

    def _parenthesised(self) -> Command:
        start = self._take().start
        if self._sign("(") and self.now is not None and self.now.start == start + 1:
            return self._arithmetic(start)
        body = self.script()
        end = self._expect(")").end
        redirects = tuple(self._redirects())
        return Group(body, subshell=True, start=start, end=end, redirects=redirects)

    def _arithmetic(self, start: int) -> Test:
        self._take()
        words: list[Token] = []
        while not self._sign(")"):
            words.append(self._take())
        self._take()
        return Test(tuple(words), start, self._expect(")").end)

    def _braced(self) -> Group:
        start = self._take().start
        body = self.script()
        return Group(body, subshell=False, start=start, end=self._expect("}").end)

    def _if(self) -> If:
        start = self._take().start
        branches: list[tuple[Script, Script]] = []
        otherwise: Script = ()
        while True:
            condition = self.script()
            self._expect("then")
            branches.append((condition, self.script()))
            if self._word("elif"):
                self._take()
                continue
            if self._word("else"):
                self._take()
                otherwise = self.script()
            return If(tuple(branches), otherwise, start, self._expect("fi").end)

    def _while(self) -> Loop:
        token = self._take()
        condition = self.script()
        body, end = self._do()
        return Loop(condition, token.text == "until", body, token.start, end)

    def _for(self) -> Loop:
        start = self._take().start
        while not self._word("do"):
            self._take()
        body, end = self._do()
        return Loop((), until=False, body=body, start=start, end=end)

    def _do(self) -> tuple[Script, int]:
        self._expect("do")
        body = self.script()
        return body, self._expect("done").end

    def _case(self) -> Case:
        start = self._take().start
        while not self._word("in"):
            self._take()
        self._take()
        arms: list[Script] = []
        self._newlines()
        while not self._word("esac"):
            while not self._sign(")"):  # the patterns
                self._take()
            self._take()
            arms.append(self.script())
            if self._sign(*_ARM_ENDS):
                self._take()
            self._newlines()
        return Case(tuple(arms), start, self._take().end)

    def _test(self) -> Test:
        start = self._take().start
        words: list[Token] = []
        while not self._word("]]"):
            words.append(self._take())
        return Test(tuple(words), start, self._take().end)

    def _function(self) -> Function:
        start = self._take().start
        name = self._take().text
        if self._sign("("):
            self._take()
            self._expect(")")
        self._newlines()
        body = self._command()
        return Function(name, body, start, body.end)

    def _simple(self) -> Command:
        first = self._tokens[self._at]
        words: list[Token] = []
        assignments: list[tuple[str, Token]] = []
        redirects: list[Redirect] = []
        end = first.end
        while self.now is not None:
            if self.now.operator and not _REDIRECT.fullmatch(self.now.text):
                break
            if self.now.operator:
                redirects += self._redirects()
                end = self._tokens[self._at - 1].end
                continue
            token = self._take()
            end = token.end
            assigned = None if words else _ASSIGNMENT.fullmatch(token.text)
            if assigned:
                start = token.start + assigned.start(2)
                assignments.append((assigned[1], Token(assigned[2], start, token.end)))
            else:
                words.append(token)
        if len(words) == 1 and self._sign("(") and _NAME.fullmatch(words[0].text):
            return self._defined(words[0])
        return Simple(tuple(words), tuple(assignments), tuple(redirects), first.start, end)

    def _defined(self, name: Token) -> Function:
        """`name() { … }`"""
        self._take()
        self._expect(")")
        self._newlines()
        body = self._command()
        return Function(name.text, body, name.start, body.end)

    def _redirects(self) -> list[Redirect]:
        found: list[Redirect] = []
        while self.now is not None and self.now.operator and _REDIRECT.fullmatch(self.now.text):
            sign = self._take()
            if self.now is None or self.now.operator:
                raise ShellFault("a redirection leads nowhere")
            target = self._take().text
            found.append(Redirect(sign.text, target, sign.document, sign.document_start))
        return found
