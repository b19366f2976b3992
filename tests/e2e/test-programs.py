# SPDX-License-Identifier: Apache-2.0
"""What a user types first: help and version of every program, usage errors, and the C example of the README."""
import re
import shlex
import subprocess
from pathlib import Path

from world import BUILD, SOURCE
from world import SANITIZED, Stack, accepted, answer, bus, check, main, program, request, until

PROGRAMS = ["xausl-gatewayd", "xausl", "osci-intermediaryd", "osci", "inge-sim"]
COMMANDS = {"xausl": ["submit", "answers", "status", "validate", "journal", "releases", "check", "bus-key"], "osci": ["open"]}


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)


def test_help_and_version():
    for name in PROGRAMS:
        done = run(program(name), "--help")
        check(done.returncode == 0 and "usage:" in done.stdout and name in done.stdout, f"{name} --help", done)
        done = run(program(name), "--version")
        check(done.returncode == 0 and re.search(r"\d+\.\d+\.\d+", done.stdout), f"{name} --version", done)
        done = run(program(name), "--no-such-option")
        check(done.returncode == 2 and done.stderr, f"{name}: unknown option is usage", done)


def test_help_of_each_command():
    for name, commands in COMMANDS.items():
        overview = run(program(name), "--help").stdout
        for command in commands:
            check(re.search(rf"^\s+{command}\s", overview, re.M), f"{command} in {name} --help", overview)
            done = run(program(name), command, "--help")
            check(done.returncode == 0 and f"{name} {command}" in done.stdout and len(done.stdout) > 150,
                  f"{name} {command} --help", done)
            done = run(program(name), command, "--no-such-option")
            check(done.returncode == 2 and not done.stdout, f"{name} {command}: unknown option", done)
        done = run(program(name), "no-such-command")
        check(done.returncode == 2, f"{name}: unknown command", done)


def test_every_option_of_the_daemons_is_in_the_help():
    for name in ("xausl-gatewayd", "osci-intermediaryd", "inge-sim"):
        text = run(program(name), "--help").stdout
        for option in ("--config", "--check", "--now", "--help", "--version"):
            check(option in text, f"{option} in {name} --help")


def test_readme_example_in_c():
    readme = (SOURCE / "README.md").read_text("utf-8")
    code = re.search(r"```c\n(.*?)```", readme, re.S).group(1)
    with Stack() as stack, bus(stack) as b:
        accepted(b, "first", request("070001"))
        kennziffer = answer(b, "first", "070003")["record"]["kennziffer"]
        b.close()
        code = code.replace("tcp://127.0.0.1:5555", stack.endpoint).replace("<public key of the gateway>",
                                                                           stack.bus_keys["gateway"])
        code = code.replace('"office.bus"', f'"{stack.key(stack.offices[0]["id"] + ".bus")}"')
        code = code.replace("9900000001", kennziffer).replace("60000", "6000")
        source, exe = stack.path("example.c"), stack.path("example")
        source.write_text(code, "utf-8")
        flags = shlex.split(run("pkg-config", "--cflags", "--libs", "libzmq", "jansson").stdout)
        sanitize = ["-fsanitize=address,undefined"] if SANITIZED else []
        done = run("gcc", *sanitize, "-std=c99", "-Wall", "-Werror", f"-I{SOURCE}/include", str(source), "-o", str(exe),
                   f"-L{BUILD}/gateway/client", "-lxgwclient", f"-Wl,-rpath,{BUILD}/gateway/client", *flags)
        check(done.returncode == 0, "compiles", done.stderr)
        done = run(str(exe))
        lines = done.stdout.splitlines()
        check(done.returncode == 0 and len(lines) >= 2, "receipt and answer", done)
        check('"accepted-by-gateway"' in lines[0] and '"my-2"' in lines[1], "what it prints", done.stdout)


def test_answers_go_on_over_a_restart_of_the_gateway():
    with Stack(start=False) as stack:
        stack.start(sim=False)
        with bus(stack) as b:
            accepted(b, "r1", request("070001"))
            b.close()
        waiting = subprocess.Popen([program("xausl"), "answers", "--client", stack.client(), "--wait", "25s", "--json"],
                                   stdout=subprocess.PIPE, text=True)
        until(lambda: stack.processes["gateway"].log().count("office-connected") >= 2, 10, "client connected")
        stack.processes["gateway"].kill()
        stack.start(intermediary=False)
        line = waiting.stdout.readline()
        check('"070003"' in line and '"r1"' in line, "the answer over the same client", line)
        waiting.terminate()
        waiting.wait()


def test_public_headers_stand_alone():
    for header in sorted(Path(SOURCE, "include").glob("*/*.h")):
        for compiler, language in (("gcc", "-std=c99"), ("gcc", "-std=c11")):
            done = subprocess.run([compiler, language, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c",
                                   f"-I{SOURCE}/include", "-"], input=f"#include <{header.parent.name}/{header.name}>\n",
                                  capture_output=True, text=True, timeout=20)
            check(done.returncode == 0, f"{header.name} with {language}", done.stderr)


main(__name__)
