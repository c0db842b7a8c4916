#!/usr/bin/env python3
"""Runs contrib/slurm/sweep.sbatch on a cluster of one machine, with a slurmctld and a slurmd of its own:
the job array, a job that is put back into the queue, the merge after it.

    slurm.py STALEMATE

Exits with 77 (skipped), and says why, where Slurm is missing or does not start.
"""
import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
import place  # noqa: E402  beside this file
from place import MODEL, SOURCE, has, run  # noqa: E402

START_SECONDS = 30
JOBS_SECONDS = 200
TAGS = 300  # two cells each; some seconds in all, so that a job can be caught at work

# Without munge and cgroups, for anybody: nothing but this test talks to it.
CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class Skipped(Exception):
    """Slurm cannot be used here."""


def find(name):
    found = shutil.which(name) or shutil.which(name, path='/usr/sbin:/usr/local/sbin')
    if not found:
        raise Skipped(f'there is no {name} here (script/bootstrap --all-tests)')
    return found


def free_ports(n):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(n)]
        for s in sockets:
            s.bind(('127.0.0.1', 0))
        return [s.getsockname()[1] for s in sockets]


def ask(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    assert done.returncode == 0, f'{words}: {done.stdout}'
    return done.stdout.strip()


def wait_for(what, seconds, condition):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f'{what} takes more than {seconds} s'
        time.sleep(0.1)


@contextlib.contextmanager
def cluster(folder):
    """A cluster of this machine, in its environment; ended again, whatever happens."""
    for name in ('state', 'spool'):
        (folder / name).mkdir()
    (folder / 'slurm.conf').write_text(CONFIGURATION.format(
        host=socket.gethostname().split('.')[0], user=getpass.getuser(), folder=folder, ports=free_ports(2)))
    os.environ['SLURM_CONF'] = str(folder / 'slurm.conf')
    daemons = []
    programs = [find(name) for name in ('slurmctld', 'slurmd')]
    for name in ('sbatch', 'scontrol', 'sinfo', 'squeue'):
        find(name)

    def idle():
        for daemon in daemons:
            if daemon.poll() is not None:
                raise Skipped('Slurm does not start here')
        state = subprocess.run(['sinfo', '-h', '-o', '%T'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return state.stdout.strip() == b'idle'

    try:
        for program in programs:
            with open(folder / f'{Path(program).name}.out', 'w') as out:
                daemons.append(subprocess.Popen([program, '-D'], stdout=out, stderr=out))
        try:
            wait_for('the start of Slurm', START_SECONDS, idle)
        except (AssertionError, Skipped) as e:
            logs = [f'{f.name}: {f.read_text()[-500:]}' for f in (*folder.glob('*.log'), *folder.glob('*.out'))]
            raise Skipped(f'{e}\n' + '\n'.join(logs)) from e
        yield
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
            try:
                daemon.wait(timeout=20)
            except subprocess.TimeoutExpired:
                daemon.kill()


def checkout(folder):
    """What the script finds in the folder that it is submitted from."""
    (folder / 'build' / 'src' / 'cli').mkdir(parents=True)
    (folder / 'build/src/cli/stalemate').symlink_to(place.program)
    (folder / 'models').mkdir()
    (folder / 'models/a.flush').write_text(MODEL + 'param tag : 0..999;\n')
    (folder / 'sweeps').mkdir()
    (folder / 'sweeps/nightly.toml').write_text(
        f'models = ["models/*.flush"]\n[set]\ntag = {list(range(TAGS))}\n')
    (folder / 'OUT').mkdir()


def job_array(folder):
    os.chdir(folder)
    os.environ['OUT'] = str(folder / 'OUT')
    # The machine is smaller than the script asks for.
    job = ask('sbatch', '--parsable', '--array=1-2', '--cpus-per-task=1', '--mem=0',
              str(SOURCE / 'contrib/slurm/sweep.sbatch'))
    merge = ask('sbatch', '--parsable', f'--dependency=afterany:{job}', '--wrap',
                'build/src/cli/stalemate merge OUT/results.sqlite OUT/shard-*.sqlite')
    outputs = [folder / f'slurm-{job}_{k}.out' for k in (1, 2)]
    wait_for('the first cell', JOBS_SECONDS, lambda: outputs[0].exists() and 'ok ' in outputs[0].read_text())
    ask('scontrol', 'requeue', f'{job}_1')
    wait_for('the end of the job', JOBS_SECONDS, lambda: 'PENDING' in ask('squeue', '-h', '-j', f'{job}_1', '-o', '%T'))
    ask('scontrol', 'update', f'JobId={job}_1', 'StartTime=now')  # not in two minutes
    wait_for('the sweep', JOBS_SECONDS, lambda: not ask('squeue', '-h'))

    has(outputs[0].read_text(), f'{TAGS} cells: {TAGS} as expected', ' were done before')
    has(outputs[1].read_text(), f'{TAGS} cells: {TAGS} as expected; night 1')
    has((folder / f'slurm-{merge}.out').read_text(), f'OUT/results.sqlite: {2 * TAGS} cells of 2 shards')
    has(run('report', '--db', 'OUT/results.sqlite'), f'{2 * TAGS} cells: {2 * TAGS} as expected\n')


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    place.program = os.path.realpath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix='slurm-', ignore_cleanup_errors=True) as name:
        folder = Path(name)
        try:
            with cluster(folder):
                checkout(folder / 'checkout')
                job_array(folder / 'checkout')
            print('ok     a job array, a job that is put back into the queue, and the merge')
        except Skipped as e:
            print(f'skipped: {e}')
            sys.exit(77)
        finally:
            os.chdir('/')


main()
