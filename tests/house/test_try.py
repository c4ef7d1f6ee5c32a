import time
from tests.house.crawl import *
def test_x(world):
    t=time.time()
    f,n=crawl(world)
    print(n, time.time()-t)
    for x in f: print(x[:400])
    print(len(f))
    assert 0
